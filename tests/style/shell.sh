#!/bin/sh
# Every shell script through shellcheck.
set -eu
cd -- "$1"
command -v shellcheck >/dev/null || { echo "skipped: shellcheck is not installed"; exit 77; }
{
    ls setup.sh .ci/run rc.d/potd.in
    find scripts tests bench cmake client share -type f -name '*.sh'
    find cmake/debian -type f ! -name conffiles 2>/dev/null || true
} | tr '\n' '\0' | xargs -0 shellcheck -x
