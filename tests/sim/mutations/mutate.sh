#!/bin/sh
# mutate.sh MUTATION SOURCE OUT : writes the mutated copy of a core source. A mutation that no longer fits fails
# the build: what it stands for would go unwatched.
set -eu
sed -f "$1" "$2" >"$3"
if cmp -s "$2" "$3"; then
    rm -f -- "$3"
    echo "$1 changes nothing in $2 any more" >&2
    exit 1
fi
