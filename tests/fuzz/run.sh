#!/bin/sh
# run.sh PROGRAM TARGET SECONDS : fuzzes one target, beginning with its corpus. What it finds is kept in
# $POTD_TEST_RESULTS (else the working directory); put into the corpus, it becomes a test.
set -eu

program=$1
target=$2
seconds=$3
corpus=$(CDPATH='' cd -- "$(dirname -- "$0")/corpus/$target" && pwd -P)
found=${POTD_TEST_RESULTS:-.}/found-$target-

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
mkdir "$work/corpus" "$work/tmp"

# Its own folder comes first and takes what is new; the tree's is only read. 16 KiB are longer than any text but an
# archive needs to be.
POTD_FUZZ_TARGET=$target TMPDIR=$work/tmp "$program" "$work/corpus" "$corpus" \
    -max_total_time="$seconds" -max_len=16384 -timeout=20 -rss_limit_mb=2048 -print_final_stats=1 -verbosity=0 \
    -artifact_prefix="$found"
