#!/bin/sh
# Every source as .clang-format wants it. One version of the tool: others disagree with each other.
set -eu
cd -- "$1"
tool=clang-format-14
command -v "$tool" >/dev/null || { echo "skipped: $tool is not installed"; exit 77; }
find core openapi storage api daemon client tests bench -type f \( -name '*.cpp' -o -name '*.hpp' \) -print0 |
    xargs -0 "$tool" --dry-run -Werror
