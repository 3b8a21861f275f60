#!/bin/sh
# scripts/test_builds.sh, with builds that take no time: they are awaited in order, an error in the midst of one fails
# that one alone, and what has not ended when setup.sh does is ended with all that it started.
set -eu
here=$1
results_dir=$(mktemp -d "${TMPDIR:-/tmp}/potd-builds.XXXXXX")
trap 'rm -rf -- "$results_dir"' EXIT
. "$here/scripts/test_builds.sh"

phase_took() { echo "$1"; }
note_case() { echo "case $*"; }

# shellcheck disable=SC2317 # by name
build_broken() {
    echo before
    false
    echo after
}
# shellcheck disable=SC2317
build_good() { echo "priority $(nice)"; }
# Its standard output, and that of what it starts, is a fifo: whoever reads that sees the end of the last of them.
# shellcheck disable=SC2317
build_endless() { (sleep 1000 >"$results_dir/alive"; echo never) >"$results_dir/alive"; }

await_all() {
    start_builds 'broken good endless'
    for pass in broken good; do
        if await_build "$pass"; then echo "has $pass"; fi
    done
    exec 4<"$results_dir/alive"
    end_builds
    cat <&4
    exec 4<&-
}

mkfifo "$results_dir/alive"
await_all >"$results_dir/said" 2>"$results_dir/shown"
trap 'rm -rf -- "$results_dir"' EXIT
cat >"$results_dir/expected" <<'TEXT'
broken: build, beside the tests before
case broken build failed
good: build, beside the tests before
case good build passed
has good
TEXT
diff "$results_dir/expected" "$results_dir/said"
echo before | diff - "$results_dir/shown"
grep -q 'priority 19' "$results_dir/build-good.log"
