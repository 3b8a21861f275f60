#!/bin/sh
# Runs every benchmark and prints one table: figure, measured, target.
# usage: bench/run.sh [BUILD_DIR] [OPTIONS FOR EVERY PROGRAM]
# Also writes the figures, tab separated, to BUILD_DIR/bench/figures.tsv.
set -eu

here=$(cd "$(dirname "$0")/.." && pwd)
build=$here/build/release
case ${1-} in
'' | -*) ;;
*) build=$1 && shift ;;
esac
figures=$build/bench/figures.tsv

[ "$(id -u)" -eq 0 ] || { echo "bench/run.sh: needs root" >&2; exit 1; }
[ -x "$build/bench/bench_bare" ] || { echo "bench/run.sh: no benchmarks in $build (cmake --build --preset release)" >&2; exit 1; }

: >"$figures.new"
failed=
for question in bare life start stop memory http tls metrics events hooks health crashing crowd recovery logs figures copy clone network oom; do
    [ -x "$build/bench/bench_$question" ] || continue # FreeBSD has not all
    echo "bench_$question …" >&2
    POTD_BIN_DIR=${POTD_BIN_DIR-$build/bin} "$build/bench/bench_$question" --tsv --slice "$@" >"$figures.part" || failed="$failed $question"
    sed "s/^/$question\t/" "$figures.part" >>"$figures.new"
done
rm -f "$figures.part"
mv "$figures.new" "$figures"

awk -F'\t' '
BEGIN { printf "%-9s %-48s %10s %-5s %9s %7s  %-14s %s\n", "", "", "median", "", "p99", "x bare", "target", "" }
{ printf "%-9s %-48s %10s %-5s %9s %7s  %-14s %s\n", $1, $2, $3, $4, $6, $8, $9, ($10 == "-" ? "" : $10) }
' "$figures"
if [ -n "$failed" ]; then
    echo "bench/run.sh: failed:$failed" >&2
    exit 1
fi
