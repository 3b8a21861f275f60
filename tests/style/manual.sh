#!/bin/sh
# Every manual page through mandoc's own lint.
set -eu
cd -- "$1/docs/man"
command -v mandoc >/dev/null || { echo "skipped: mandoc is not installed"; exit 77; }
mandoc -T lint -W warning -- *.[1-8]
