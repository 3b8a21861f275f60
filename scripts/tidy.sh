#!/bin/sh
# clang-tidy over the sources: `scripts/tidy.sh` those changed against main, `scripts/tidy.sh all`
# every one, `scripts/tidy.sh FILE...` the given ones. Uses the compile commands of build/dev, whose
# warning options are those of GCC.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
cd -- "$here"
. scripts/common.sh
. scripts/deps.sh

tool=clang-tidy-14
commands=build/dev

every_source() {
    find core openapi storage api daemon client tests bench -type f -name '*.cpp'
}

changed_sources() {
    { git diff --name-only --diff-filter=d "$(git merge-base HEAD main)"; git ls-files --others --exclude-standard; } |
        grep -E '^(core|openapi|storage|api|daemon|client|tests|bench)/.*\.cpp$' | sort -u
}

# Only what is compiled here: the other system's files have no command.
compiled_here() {
    while read -r file; do
        if grep -qF "\"file\": \"$here/$file\"" "$commands/compile_commands.json"; then
            echo "$file"
        fi
    done
}

install_deps build tidy
require_tools "$tool" cmake ninja
[ -f "$commands/compile_commands.json" ] || cmake --preset dev >/dev/null

case ${1:-changed} in
    all) every_source ;;
    changed) changed_sources ;;
    *) printf '%s\n' "$@" ;;
esac | compiled_here | tr '\n' '\0' |
    xargs -0 -r -n 1 -P "$(cpus)" "$tool" --quiet -p "$commands" --extra-arg=-Wno-unknown-warning-option
