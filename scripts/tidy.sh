#!/bin/sh
# clang-tidy over the sources: `scripts/tidy.sh` those changed against main, `scripts/tidy.sh all`
# every one, `scripts/tidy.sh FILE...` the given ones. Uses the compile commands of build/dev, for all those of
# build/release: there several files are one, which takes a quarter of the time.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
cd -- "$here"
. scripts/common.sh
. scripts/deps.sh

tool=clang-tidy-14

# What the compile commands of build/release are for, without what is made while building.
every_batch() {
    sed -n 's/^ *"file": "\(.*\)",*$/\1/p' build/release/compile_commands.json | grep -v '/generated/' | sort -u
}

changed_sources() {
    { git diff --name-only --diff-filter=d "$(git merge-base HEAD main)"; git ls-files --others --exclude-standard; } |
        grep -E '^(core|openapi|storage|api|daemon|client|tests|bench)/.*\.cpp$' | sort -u
}

# Only what is compiled here: the other system's files have no command.
compiled_here() {
    while read -r file; do
        if grep -qF "\"file\": \"$here/$file\"" build/dev/compile_commands.json; then
            echo "$file"
        fi
    done
}

install_deps build tidy
require_tools "$tool" cmake ninja

# tidy PRESET [OPTIONS] : the files that are named on stdin, a line each.
tidy() {
    preset=$1
    shift
    tr '\n' '\0' | xargs -0 -r -n 1 -P "$(cpus)" "$tool" --quiet -p "build/$preset" \
        --extra-arg=-Wno-unknown-warning-option --extra-arg=-Wno-unused-command-line-argument "$@"
}

configured() { # PRESET
    [ -f "build/$1/compile_commands.json" ] || cmake --preset "$1" >/dev/null
}

if [ "${1:-}" = all ]; then
    configured release
    every_batch | tidy release --checks=-bugprone-suspicious-include
    exit
fi
configured dev
if [ $# -eq 0 ]; then changed_sources; else printf '%s\n' "$@"; fi | compiled_here | tidy dev
