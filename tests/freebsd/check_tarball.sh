#!/bin/sh
# check_tarball.sh TARBALL PORT SYMBOLS : what ./setup.sh freebsd packed. Below usr/local are the files that the port's
# pkg-plist names and no others; programs are FreeBSD's (check_binary.sh, of SYMBOLS), scripts are sh without errors;
# if it has tests, every program of tests.list is there. Lines "passed|failed NAME".
# shellcheck disable=SC2317 # by way of verdict
set -eu
tarball=$1
port=$2
symbols=$3
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
place=$(mktemp -d "${TMPDIR:-/tmp}/potd-tarball.XXXXXX")
trap 'rm -rf -- "$place"' EXIT
status=0

# verdict NAME COMMAND... : a case, passed when the command succeeds.
verdict() {
    name=$1
    shift
    if "$@" >&2; then
        echo "passed $name"
    else
        echo "failed $name"
        status=1
    fi
}

# The port compresses manuals, and its framework adds the documents.
planned() {
    sed -e '/^@dir/d; s/^@sample //; s/\.gz$//' -e 's|%%DATADIR%%|share/potd|; s|%%ETCDIR%%|etc/potd|' "$port/pkg-plist"
    printf 'share/doc/potd/%s\n' CHANGELOG.md README.md copyright
}

files_are_the_ports() {
    planned | LC_ALL=C sort >"$place/planned"
    (cd "$root/usr/local" && find . ! -type d | sed 's|^\./||' | LC_ALL=C sort) >"$place/found"
    diff "$place/planned" "$place/found"
}

nothing_elsewhere() {
    others=$(cd "$root" && find . ! -type d ! -path './usr/local/*' ! -path './tests/*' ! -path ./README.md)
    [ -z "$others" ] || { echo "also there: $others"; return 1; }
}

files_have_content() {
    empty=$(find "$root" -type f -size 0)
    [ -z "$empty" ] || { echo "empty: $empty"; return 1; }
}

scripts_are_sh() {
    for script in $scripts; do
        [ -x "$script" ] || { echo "$script cannot be executed"; return 1; }
        sh -n "$script" || return 1
        ! grep -n '@POTD_' "$script" || return 1
    done
}

scripts_pass_shellcheck() {
    command -v shellcheck >/dev/null || { echo "shellcheck is not installed"; return 0; }
    # shellcheck disable=SC2086 # paths without blanks
    shellcheck -x $scripts
}

tests_are_there() {
    while read -r _label name; do
        [ -x "$root/tests/bin/$name" ] || { echo "no $name"; return 1; }
    done <"$root/tests/tests.list"
    [ "$(wc -l <"$root/tests/tests.list")" -ge 10 ]
}

places_are_freebsds() {
    grep -q '^state_dir: /var/db/potd$' "$root/usr/local/etc/potd/potd.yaml.sample" &&
        grep -q '^potd_daemon=/usr/local/sbin/potd$' "$root/usr/local/etc/rc.d/potd"
}

# Which ones check_binary.sh knows.
openssl_is_bases() {
    for program in sbin/potd bin/potctl; do
        for library in libssl libcrypto; do
            readelf -dW "$root/usr/local/$program" | grep -q "Shared library: \[$library\.so\." ||
                { echo "$program does without $library"; return 1; }
        done
    done
}

zstd -q -d -c "$tarball" | tar -x -C "$place" -f -
root=$(find "$place" -mindepth 1 -maxdepth 1 -type d)
# Of mktemp's path and the tarball's own names: without blanks.
scripts="$root/usr/local/etc/rc.d/potd"
[ ! -d "$root/tests" ] || scripts="$scripts $(find "$root/tests" -maxdepth 1 -name "*.sh")"
programs=
[ ! -d "$root/tests" ] || programs=$(find "$root/tests/bin" -type f)
verdict tarball:files-of-the-port files_are_the_ports
verdict tarball:nothing-elsewhere nothing_elsewhere
verdict tarball:no-empty-files files_have_content
verdict tarball:scripts-are-sh scripts_are_sh
verdict tarball:scripts-pass-shellcheck scripts_pass_shellcheck
[ ! -d "$root/tests" ] || verdict tarball:tests-are-there tests_are_there
verdict tarball:places places_are_freebsds
verdict tarball:openssl openssl_is_bases
# shellcheck disable=SC2086 # paths without blanks
"$here/check_binary.sh" "$symbols" "$root"/usr/local/sbin/potd "$root"/usr/local/bin/potctl \
    "$root"/usr/local/libexec/potd/potmon $programs || status=1
exit "$status"
