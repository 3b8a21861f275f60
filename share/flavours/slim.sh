#!/bin/sh
# Deletes what a pot that runs one program does without: compilers, documentation, package caches, the kernel.
# As pot's flavour of that name; it is made for pots with files of their own (type single, or level 1 on Linux).
set -eu

gone() {
    for path; do
        if [ -e "$path" ] || [ -L "$path" ]; then
            echo "removing $path"
            chflags -R noschg "$path" 2>/dev/null || true
            rm -rf "$path"
        fi
    done
}

case $(uname -s) in
FreeBSD)
    gone /boot /usr/share/man /usr/share/doc /usr/share/examples /usr/share/info /usr/share/games \
        /usr/share/openssl /usr/share/bsdconfig /usr/share/i18n /usr/share/dtrace /usr/share/mk \
        /usr/include /usr/lib/clang /usr/libdata/lint /usr/tests /usr/lib/debug /usr/src /usr/obj \
        /usr/bin/cc /usr/bin/c++ /usr/bin/cpp /usr/bin/clang /usr/bin/clang++ /usr/bin/clang-cpp \
        /usr/bin/CC /usr/bin/lldb /usr/bin/lld /usr/bin/ld /usr/bin/ld.lld /usr/bin/objdump /usr/bin/gdb \
        /usr/bin/llvm-* /rescue /var/db/freebsd-update /var/cache/pkg /var/db/pkg/*.sqlite.bak
    if [ -d /usr/lib ]; then find /usr/lib -name '*.a' -delete; fi
    if command -v pkg >/dev/null 2>&1 && [ -x /usr/local/sbin/pkg ]; then
        /usr/local/sbin/pkg clean -ay || true
    fi
    ;;
Linux)
    gone /usr/share/doc /usr/share/man /usr/share/info /usr/share/locale /usr/share/lintian /usr/share/bug \
        /boot /usr/src /usr/include /usr/lib/gcc /var/cache/apt/archives /var/cache/debconf/*-old
    if command -v apt-get >/dev/null 2>&1; then apt-get clean || true; fi
    find /var/lib/apt/lists -type f -delete 2>/dev/null || true
    ;;
*)
    echo "slim: $(uname -s) is not known to it" >&2
    exit 1
    ;;
esac
