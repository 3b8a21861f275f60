#!/bin/sh
# one_file.sh TREE COMPILER GENERATED FOLDER... : do all sources of these folders, below TREE, go together as one file?
# All builds but dev and tidy compile several at a time, in batches that move with each new file; so what is private
# to one has a name that no other of its layer has (rule C10). GENERATED: the generated headers.
set -eu
tree=$1
compiler=$2
generated=$3
shift 3
cd -- "$tree"
place=$(mktemp -d "${TMPDIR:-/tmp}/potd-one-file.XXXXXX")
trap 'rm -rf -- "$place"' EXIT

# One of each pair of files that stand for each other: those of the sanitizers' build and of the other system's.
sources() { # FOLDER...
    find "$@" -name '*.cpp' ! -name child_memory_copied.cpp ! -name peer_freebsd.cpp | LC_ALL=C sort
}

sources "$@" | sed 's|.*|#include "&"|' >"$place/one.cpp"
[ -s "$place/one.cpp" ] || { echo "no sources in $*"; exit 1; }
# Of each file alone the build `dev` is the judge; here it is names alone.
"$compiler" -std=c++20 -I. -I"$generated" "-DPOTCTL_VERSION=\"\"" -Wall -Wextra -Wshadow -Wno-subobject-linkage -Wno-unused-function -Werror \
    -fsyntax-only -x c++ "$place/one.cpp"
