#!/bin/sh
# mutate.sh MUTATION SOURCE OUT : writes the mutated copy of a core source. A mutation that no longer fits
# leaves the copy as it is, and says so; the test that expects it to be caught fails then.
set -eu
sed -f "$1" "$2" >"$3"
! cmp -s "$2" "$3" || echo "$1 changes nothing in $2 any more" >&2
