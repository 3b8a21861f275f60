#!/bin/sh
# run.sh PROGRAM TARGET SECONDS : fuzzes one target, beginning with its corpus. What it finds is kept in
# $POTD_TEST_RESULTS (else the working directory); put into the corpus, it becomes a test.
set -eu

program=$1
target=$2
seconds=$3
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
found=${POTD_TEST_RESULTS:-.}/found-$target-

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
mkdir "$work/corpus" "$work/tmp"

dictionary=$here/dictionary/$target
set -- "$work/corpus" "$here/corpus/$target"
[ ! -e "$dictionary" ] || set -- "$@" "-dict=$dictionary"

# Its own folder comes first and takes what is new; the tree's is only read. 16 KiB are longer than any text but an
# archive needs to be. Seed 0 is another one each time. The fuzzer's own bounds are not all: where memory runs out it
# has been seen to wait for itself, without a word. So it is killed in the end, and leaves what it read last.
status=0
POTD_FUZZ_TARGET=$target POTD_FUZZ_INPUT=$work/input TMPDIR=$work/tmp \
    timeout -s KILL "$((seconds + 60))" "$program" "$@" -seed="${POTD_FUZZ_SEED:-0}" \
    -max_total_time="$seconds" -max_len=16384 -timeout=50 -report_slow_units=50 \
    -rss_limit_mb=1024 -malloc_limit_mb=256 -print_final_stats=1 -verbosity=0 -artifact_prefix="$found" || status=$?
[ "$status" != 0 ] || exit 0

for kept in "$found"*; do
    [ ! -e "$kept" ] || exit "$status"
done
if [ -s "$work/input" ]; then
    # Its length in ten digits, and then itself.
    length=$(head -c 10 "$work/input" | sed 's/^0*//')
    tail -c +11 "$work/input" | head -c "${length:-0}" >"${found}last"
fi
echo "$target: ended with status $status at ${found}last" >&2
exit "$status"
