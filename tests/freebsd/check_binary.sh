#!/bin/sh
# check_binary.sh VERSION PROGRAM... : is each a program for FreeBSD/amd64 that a release whose libc has the symbols of
# FBSD_VERSION (13: 1.6, 14: 1.7, 15: 1.8) can run? Looks at the file alone. A line "passed|failed NAME" for each.
set -eu
newest=$1
shift

# What base brings, by the names that are the same from 13 to 15, and its OpenSSL.
case $newest in
    1.6) openssl=111 ;;
    1.7) openssl=30 ;;
    1.8) openssl=35 ;;
    *) echo "$0: symbols of FBSD_$newest are of no release that it knows" >&2; exit 2 ;;
esac
allowed='libc.so.7 libm.so.5 libthr.so.3 libutil.so.9 librt.so.1 libdl.so.1 libexecinfo.so.1 libgcc_s.so.1 libc++.so.1 libcxxrt.so.1'
allowed="$allowed libssl.so.$openssl libcrypto.so.$openssl"

complaints() { # PROGRAM
    readelf -hW "$1" | grep -q 'Machine:.*X86-64' || echo "is not for amd64"
    note "$1"
    start "$1"
    libraries "$1"
    symbols "$1"
}

# The kernel and rtld know the release that a program was made for by this note (type 1).
note() {
    release=$(readelf -nW "$1" | awk '
        $1 == "FreeBSD" { wanted = /VERSION/ }
        wanted && sub(/.*description data: */, "") { print $4 $3 $2 $1; exit }')
    case $release in
        '') echo "has no note of FreeBSD's ABI" ;;
        00000000) echo "its note of FreeBSD's ABI is 0" ;;
    esac
}

start() {
    interpreter=$(readelf -lW "$1" | sed -n 's/.*Requesting program interpreter: \(.*\)\]/\1/p')
    case $interpreter in
        '' | /libexec/ld-elf.so.1) ;;
        *) echo "is started by $interpreter" ;;
    esac
}

libraries() {
    readelf -dW "$1" | sed -n 's/.*Shared library: \[\(.*\)\]/\1/p' | while read -r library; do
        case " $allowed " in
            *" $library "*) ;;
            *) echo "wants $library" ;;
        esac
    done
    readelf -dW "$1" | sed -n 's/.*(R[UN]*PATH).*\[\(.*\)\]/looks for libraries in \1/p'
}

symbols() {
    readelf -VW "$1" | sed -n 's/.*Name: \(FBSD_[0-9.]*\) .*/\1/p' | sort -u | while read -r version; do
        first=$(printf 'FBSD_%s\n%s\n' "$newest" "$version" | sort -V | tail -n 1)
        [ "$first" = "FBSD_$newest" ] || echo "uses symbols of $version"
    done
}

status=0
for program in "$@"; do
    found=$(complaints "$program")
    if [ -z "$found" ]; then
        echo "passed binary:${program##*/}"
    else
        printf '%s\n' "$found" | sed "s|^|$program |" >&2
        echo "failed binary:${program##*/}"
        status=1
    fi
done
exit "$status"
