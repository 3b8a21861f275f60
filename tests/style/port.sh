#!/bin/sh
# The port's Makefile through bmake, with a stand-in for bsd.port.mk; it speaks of this version, and its list of
# files names each once.
set -eu
tree=$1
command -v bmake >/dev/null || { echo "skipped: bmake is not installed"; exit 77; }
place=$(mktemp -d "${TMPDIR:-/tmp}/potd-port.XXXXXX")
trap 'rm -rf -- "$place"' EXIT
port=$tree/ports/sysutils/potd

# Says a variable as the ports tree would read it.
cat >"$place/bsd.port.mk" <<'END'
LOCALBASE= /usr/local
PREFIX= ${LOCALBASE}
ETCDIR= ${PREFIX}/etc/${PORTNAME}
WRKSRC= /wrkdirs/${PORTNAME}-${DISTVERSION}
say:
	@echo ${${WHAT}}
END

# The rules a make begins with, none.
: >"$place/sys.mk"

failed=0
complain() {
    echo "port: $*"
    failed=1
}

say() {
    bmake -m "$place" -C "$port" -f Makefile WHAT="$1" say 2>&1
}

version=$(sed -n 's/^project(potd VERSION \([0-9.]*\).*/\1/p' "$tree/CMakeLists.txt")
[ "$(say DISTVERSION)" = "$version" ] || complain "its version is '$(say DISTVERSION)', the project's $version"
for variable in PORTNAME CATEGORIES MAINTAINER COMMENT LICENSE BUILD_DEPENDS LIB_DEPENDS USES GROUPS; do
    value=$(say "$variable") || complain "bmake does not read it: $value"
    [ -n "$value" ] || complain "$variable is empty"
done
comment=$(say COMMENT)
[ "${#comment}" -le 70 ] || complain "COMMENT has more than 70 characters"
case $comment in *.) complain "COMMENT ends with a full stop" ;; esac
for dependency in $(say BUILD_DEPENDS) $(say LIB_DEPENDS); do
    printf '%s\n' "$dependency" | grep -Eq '^[^:]+:[a-z0-9]+/[A-Za-z0-9._-]+$' || complain "no dependency: $dependency"
done
# What the tree sets by variables other than CMake's would be ignored.
[ "$(say CMAKE_ARGS)" = "-DPOTD_CONFIG_DIR:PATH=/usr/local/etc/potd" ] || complain "CMAKE_ARGS is '$(say CMAKE_ARGS)'"
for option in $(say CMAKE_OFF); do
    grep -q "^option($option " "$tree/CMakeLists.txt" || complain "CMake has no option $option"
done

twice=$(sed 's/^@sample //; s/^@dir([^)]*) //' "$port/pkg-plist" | sort | uniq -d)
[ -z "$twice" ] || complain "pkg-plist has twice: $twice"
[ "$(wc -l <"$port/pkg-descr")" -ge 2 ] || complain "pkg-descr says nothing"
exit "$failed"
