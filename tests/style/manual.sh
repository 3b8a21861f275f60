#!/bin/sh
# Every manual page through mandoc's own lint; potd.yaml(5) names every key of the sample.
set -eu
sample=$1/daemon/config/potd.yaml.sample.in
cd -- "$1/docs/man"
missing=$(sed -n 's/^ *\([a-z_]*\):.*/\1/p' "$sample" | sort -u | while read -r key; do
    grep -qE "^\.It Cm .*\b$key\b" potd.yaml.5 || echo "$key"
done)
[ -z "$missing" ] || { printf 'not in potd.yaml.5:\n%s\n' "$missing"; exit 1; }
command -v mandoc >/dev/null || { echo "skipped: mandoc is not installed"; exit 77; }
mandoc -T lint -W warning -- *.[1-8]
