#!/bin/sh
# check.sh [TREE] : holds the tree to its layers and sizes. One line per breach, exit 1 if any.
#   includes      table.txt: folder against project prefixes and third-party headers
#   headers       #pragma once; no `using namespace`; a source includes its own header first
#   platform      no #if on an operating system outside daemon/platform: CMake chooses the files
#   sizes         500 lines a source, 350 a header, 700 a test; 30 a folder's README
#   words         no TODO, FIXME, XXX
# Needs sh, awk, grep, find. Written so that a wrong tree fails loudly: no files is a breach too.
set -eu

own=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
tree=${1:-$own/../..}
cd -- "$tree"

code_folders='core openapi storage api daemon client tests bench'
top_folders="$code_folders cmake docs scripts systemd"

sources() {
    for folder in $code_folders; do
        [ ! -d "$folder" ] || find "$folder" -type f \( -name '*.cpp' -o -name '*.hpp' -o -name '*.h' -o -name '*.c' \)
    done | sort
}

# Every include line of the tree against the table.
check_includes() {
    sources | tr '\n' '\0' | xargs -0 grep -HnE '^[[:space:]]*#[[:space:]]*include' /dev/null |
        awk -v table="$own/table.txt" -f "$own/includes.awk"
}

check_headers() {
    sources | grep '\.hpp$' | while read -r file; do
        [ "$(grep -c '^#pragma once$' "$file")" = 1 ] || echo "$file: wants exactly one #pragma once"
        if grep -nE '^[[:space:]]*using namespace' "$file" >/dev/null; then
            echo "$file: using namespace in a header"
        fi
    done
}

check_own_header_first() {
    sources | grep '\.cpp$' | while read -r file; do
        own_header=${file%.cpp}.hpp
        [ -f "$own_header" ] || continue
        first=$(sed -n 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*"\(.*\)".*/\1/p; t first; b; :first q' "$file")
        [ "$first" = "$own_header" ] || echo "$file: its own header $own_header comes first, not ${first:-nothing}"
    done
}

check_platform_conditions() {
    sources | grep -v '^daemon/platform/' | while read -r file; do
        grep -nE '^[[:space:]]*#[[:space:]]*(if|ifdef|ifndef|elif).*(__linux|__FreeBSD|__unix|__APPLE__|_WIN32|CMAKE_SYSTEM)' "$file" |
            sed "s|^|$file:|; s|\$| (the platform is chosen by CMake)|" || true
    done
}

line_limit() {
    case $1 in
        tests/*.hpp) echo 500 ;;
        tests/*) echo 700 ;;
        *.hpp) echo 350 ;;
        *) echo 500 ;;
    esac
}

check_sizes() {
    { sources; find scripts tests bench -name '*.sh' 2>/dev/null; ls setup.sh 2>/dev/null; } | while read -r file; do
        lines=$(wc -l <"$file")
        [ "$lines" -le "$(line_limit "$file")" ] || echo "$file: $lines lines, at most $(line_limit "$file")"
    done
}

check_readmes() {
    for folder in $top_folders; do
        [ -d "$folder" ] || continue
        if [ ! -f "$folder/README.md" ]; then
            echo "$folder: wants a README.md"
        elif [ "$(wc -l <"$folder/README.md")" -gt 30 ]; then
            echo "$folder/README.md: more than 30 lines"
        fi
    done
}

check_words() {
    sources | tr '\n' '\0' | xargs -0 grep -HnwE 'TODO|FIXME|XXX' /dev/null | sed 's/$/ (finish it or open an issue)/' || true
}

check_all() {
    [ "$(sources | wc -l)" -gt 0 ] || echo "$tree: no sources here"
    check_includes
    check_headers
    check_own_header_first
    check_platform_conditions
    check_sizes
    check_readmes
    check_words
}

breaches=$(check_all)
if [ -n "$breaches" ]; then
    printf '%s\n' "$breaches"
    exit 1
fi
