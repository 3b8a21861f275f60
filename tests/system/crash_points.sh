#!/bin/sh
# crash_points.sh [BINARIES] : potd dies at every effect and every commit of what pots go through; says how many
# points were tried and what was left over. Root. BINARIES is the folder of a build's programs, by default
# build/release/bin.
set -eu

own=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
binaries=${1:-$own/../../build/release/bin}
if [ ! -x "$binaries/system_crash_points" ]; then
    echo "crash_points.sh: no system_crash_points in $binaries: build it first" >&2
    exit 2
fi
POTD_BIN_DIR=$(CDPATH='' cd -- "$binaries" && pwd -P)
export POTD_BIN_DIR
exec "$POTD_BIN_DIR/system_crash_points"
