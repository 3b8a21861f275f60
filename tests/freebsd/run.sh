#!/bin/sh
# run.sh [LABEL|PROGRAM]... : the tests of this folder on this FreeBSD machine, as root; the last line is
# "N passed, N failed" (", N skipped"). Without words all of them: unit, contract, sim, integration, system.
#
# Everything is below $TMPDIR (/var/tmp): a file-backed zpool, where pots and temporary files live, and the results,
# which stay. POTD_TEST_ZFS=no does without the pool. What is made here is taken away at the end; what of jails,
# mounts, interfaces and rules is beyond what was there before counts as a failed test.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
# Where the programs were told to look for each other.
place=/var/tmp/potd-tests
PATH=/sbin:/bin:/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin
export PATH

fail() {
    printf 'run.sh: %s\n    what to do: %s\n' "$1" "$2" >&2
    exit "${3:-1}"
}

check_machine() {
    [ "$(uname -s)" = FreeBSD ] || fail "this is $(uname -s)" "copy the tarball to a FreeBSD machine" 2
    [ "$(id -u)" -eq 0 ] || fail "jails, mounts and pools want root" "su, then $0" 2
    if [ -e "$place" ] || [ -L "$place" ]; then
        fail "$place is there" "another run is going on; if not: rm $place" 2
    fi
}

make_pool() {
    [ "${POTD_TEST_ZFS:-yes}" = yes ] || return 0
    if ! kldload -n zfs 2>/dev/null; then
        echo "no ZFS in this kernel: the tests of its driver skip"
        return 0
    fi
    truncate -s 4G "$work/pool.img"
    zpool create -f -O mountpoint="$work/t" -O atime=off "$pool" "$work/pool.img" ||
        fail "zpool create failed" "see above; POTD_TEST_ZFS=no does without" 1
    pool_made=yes
    POTD_TEST_ZPOOL=$pool
    export POTD_TEST_ZPOOL
}

# Kernel modules that a pot's attributes may ask for; one that is not there makes its tests skip.
load_modules() {
    for module in nullfs fdescfs procfs tmpfs linprocfs linsysfs linux64 if_epair if_bridge; do
        kldload -n "$module" 2>/dev/null || echo "no module $module"
    done
}

prepare() {
    # Short, since a unix socket's path has at most 103 bytes.
    work=$(mktemp -d "${TMPDIR:-/var/tmp}/pt.XXXXXX")
    pool=potdtest$$
    pool_made=no
    trap leave EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    chmod 0755 "$work" # hooks of other users have their scripts below it
    mkdir -p "$work/results"
    make_pool
    TMPDIR=$work/t
    export TMPDIR
    mkdir -p "$TMPDIR"
    chmod 1777 "$TMPDIR"
    ln -s "$here" "$place"
    placed=yes
    load_modules
}

placed=no
# shellcheck disable=SC2317 # by trap
leave() {
    status=$?
    trap - EXIT INT TERM HUP
    [ "$placed" = no ] || rm -f -- "$place"
    if [ "$pool_made" = yes ]; then
        zpool destroy -f "$pool" || echo "the pool $pool is left"
    fi
    rm -rf -- "$work/pool.img" "$work/t"
    exit "$status"
}

# chosen LABEL NAME WORD... : does one of the words mean this program?
chosen() {
    label=$1
    name=$2
    shift 2
    [ $# -gt 0 ] || return 0
    for word in "$@"; do
        [ "$word" != "$label" ] && [ "$word" != "$name" ] || return 0
    done
    return 1
}

# One program; what it reports about its cases goes to NAME.xml, its end into ctest.xml, as ctest would tell it.
run_program() { # LABEL NAME COMMAND...
    folder=$work/results/freebsd-$1
    name=$2
    shift 2
    mkdir -p "$folder"
    echo "==> $name"
    status=run
    GTEST_OUTPUT="xml:$folder/$name.xml" POTD_TEST_RESULTS="$folder" \
        timeout --foreground -k 10 "${POTD_TEST_TIMEOUT:-1200}" "$@" >"$folder/$name.log" 2>&1 || status=fail
    printf '<testcase name="%s" status="%s"/>\n' "$name" "$status" >>"$folder/ctest.xml"
    if [ "$status" = fail ]; then
        grep -A 12 -E 'Failure$|^\[  FAILED  \]' "$folder/$name.log" | head -n 60 || tail -n 20 "$folder/$name.log"
    fi
}

run_programs() {
    while read -r label name; do
        if chosen "$label" "$name" "$@"; then
            run_program "$label" "$name" "$place/bin/$name"
        fi
    done <"$here/tests.list"
    if chosen sim sim_histories "$@"; then
        run_program sim sim_histories "$place/bin/potd-sim" --seeds "${POTD_TEST_HISTORIES:-2000}" --steps 200
    fi
}

nothing_left() {
    mkdir -p "$work/results/freebsd-own"
    if "$here/leak_check.sh" compare "$work/before.txt"; then
        echo passed nothing-left
    else
        echo failed nothing-left
    fi >>"$work/results/freebsd-own/cases.txt"
}

check_machine
prepare
"$here/leak_check.sh" snapshot >"$work/before.txt"
printf 'FreeBSD %s, %s\n' "$(uname -r)" "$(uname -v)"
run_programs "$@"
nothing_left
echo "results: $work/results"
counted=0
"$here/count_tests.sh" "$work/results" || counted=$?
exit "$counted"
