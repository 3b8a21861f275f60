# Sourced by setup.sh: the cross build for FreeBSD/amd64 and its tarball.
#   zig      the Zig toolchain (a Python wheel), for FreeBSD 14.0 and later; potmon is not static
#   sysroot  clang and lld of Debian with the headers and libraries in $FREEBSD_SYSROOT, for its release and later
# All of it is below build/freebsd: downloads (kept; with these no network is wanted), sources, zig, and for
# each way a prefix with the third-party libraries. What is linked of others is built from scripts/freebsd.sources,
# but for what base has: libc, libc++ and OpenSSL.
# shellcheck shell=sh disable=SC2154 # $here is setup.sh's

freebsd_root=$here/build/freebsd
freebsd_downloads=$freebsd_root/downloads
freebsd_sources=$freebsd_root/sources

zig_version=0.15.2
zig_target=x86_64-freebsd.14.0
zig_osrel=1400097
zig_wheel=ziglang-$zig_version-py3-none-manylinux_2_12_x86_64.manylinux2010_x86_64.musllinux_1_1_x86_64.whl
zig_sum=806316453d1ede7174ed3fefb8e5348154629089c3bb5fe812dfd0e172fac130

freebsd() {
    freebsd_way=${1:-zig}
    case $freebsd_way in
        zig) ;;
        sysroot) need_sysroot ;;
        *) fail "freebsd knows zig and sysroot, not $freebsd_way" "./setup.sh help" 2 ;;
    esac
    install_deps build freebsd "freebsd_$freebsd_way"
    freebsd_prepare
    freebsd_host_programs
    freebsd_build
    freebsd_pack
}

# The compiler and the libraries, once.
freebsd_prepare() {
    freebsd_prefix=$freebsd_root/prefix-$freebsd_way
    freebsd_flags=${freebsd_flags:--O3 -DNDEBUG}
    mkdir -p "$freebsd_downloads"
    if [ "$freebsd_way" = zig ]; then
        install_zig
    fi
    unpack_sources
    build_third_party
}

need_sysroot() {
    [ -n "${FREEBSD_SYSROOT:-}" ] ||
        fail "FREEBSD_SYSROOT is not set" "FREEBSD_SYSROOT=DIR ./setup.sh freebsd sysroot, with DIR/usr/include and DIR/usr/lib of a FreeBSD release" 2
    for part in usr/include/sys/param.h usr/include/openssl/ssl.h usr/lib/libc.so usr/lib/libc++.so usr/lib/libssl.so; do
        [ -f "$FREEBSD_SYSROOT/$part" ] ||
            fail "$FREEBSD_SYSROOT has no $part" "it needs usr/include, usr/lib and lib, as in base.txz of a release" 2
    done
    FREEBSD_SYSROOT=$(CDPATH='' cd -- "$FREEBSD_SYSROOT" && pwd -P)
    export FREEBSD_SYSROOT
}

# has_sum FILE SHA256
has_sum() {
    [ -f "$1" ] && [ "$(sha256sum "$1" | cut -d' ' -f1)" = "$2" ]
}

install_zig() {
    [ "$(uname -m)" = x86_64 ] ||
        fail "the pinned Zig toolchain runs on x86_64 only" "use the other way: FREEBSD_SYSROOT=DIR ./setup.sh freebsd sysroot"
    has_sum "$freebsd_downloads/$zig_wheel" "$zig_sum" || fetch_zig
    if [ ! -x "$freebsd_root/zig/ziglang/zig" ]; then
        quietly "unpacking zig $zig_version" "$freebsd_root/zig.log" \
            python3 -m zipfile -e "$freebsd_downloads/$zig_wheel" "$freebsd_root/zig"
        chmod 755 "$freebsd_root/zig/ziglang/zig"
    fi
    mkdir -p "$freebsd_root/zig/bin"
    zig_wrapper cc "cc -target $zig_target"
    zig_wrapper c++ "c++ -target $zig_target"
    zig_wrapper ar ar
    zig_wrapper ranlib ranlib
}

fetch_zig() {
    quietly "fetching zig $zig_version (90 MB)" "$freebsd_root/pip.log" \
        python3 -m pip --disable-pip-version-check download --no-deps --only-binary :all: \
        -d "$freebsd_downloads" "ziglang==$zig_version" ||
        fail "the Zig toolchain could not be fetched" "check that pip reaches its registry, or put $zig_wheel into $freebsd_downloads"
    has_sum "$freebsd_downloads/$zig_wheel" "$zig_sum" ||
        fail "$freebsd_downloads/$zig_wheel is not the file it should be" "remove it and try again; its SHA-256 is pinned in scripts/freebsd.sh"
}

# zig_wrapper NAME ARGUMENTS : a compiler that is one word, as build systems and ccache want it. Written only
# when it changes: ccache knows a compiler by its file.
zig_wrapper() {
    wrapper=$freebsd_root/zig/bin/$1
    cat >"$wrapper.new" <<TEXT
#!/bin/sh
ZIG_GLOBAL_CACHE_DIR=$freebsd_root/zig/cache
export ZIG_GLOBAL_CACHE_DIR
exec $freebsd_root/zig/ziglang/zig $2 "\$@"
TEXT
    chmod 755 "$wrapper.new"
    if cmp -s "$wrapper.new" "$wrapper"; then
        rm -f -- "$wrapper.new"
    else
        mv -- "$wrapper.new" "$wrapper"
    fi
}

pinned_sources() {
    sed '/^#/d' "$here/scripts/freebsd.sources"
}

unpack_sources() {
    mkdir -p "$freebsd_sources"
    pinned_sources | while read -r package sum archive; do
        has_sum "$freebsd_downloads/$archive" "$sum" || echo "$package"
    done >"$freebsd_root/missing.txt"
    if [ -s "$freebsd_root/missing.txt" ]; then
        # shellcheck disable=SC2046 # names of packages
        fetch_sources $(cat "$freebsd_root/missing.txt")
    fi
    pinned_sources | while read -r package sum archive; do
        has_sum "$freebsd_downloads/$archive" "$sum" ||
            fail "$archive is not what scripts/freebsd.sources says" "the list is of Debian 12's sources; another release's apt brings others"
        [ -d "$freebsd_sources/$package" ] || unpack_source "$package"
    done
    [ -f "$freebsd_sources/sqlite3/amalgamation/sqlite3.c" ] || make_sqlite_one_file
}

# fetch_sources PACKAGE... : with deb-src lines of a configuration of our own; the machine's stays as it is.
fetch_sources() {
    apt_dir=$freebsd_root/apt
    mkdir -p "$apt_dir/parts" "$apt_dir/lists/partial" "$apt_dir/archives/partial"
    source_lines >"$apt_dir/parts/sources.list"
    source_stanzas >"$apt_dir/parts/sources.sources"
    quietly "fetching the list of sources" "$freebsd_root/apt.log" apt_private update ||
        fail "apt-get update failed" "check the network; with the files of scripts/freebsd.sources (and their .dsc) in $freebsd_downloads none is wanted"
    say "fetching sources"
    apt_source "$@" >"$freebsd_root/apt.log" 2>&1 ||
        quietly "fetching sources one by one" "$freebsd_root/apt.log" each_source "$@" ||
        fail "apt-get source failed" "check the network; with the files of scripts/freebsd.sources (and their .dsc) in $freebsd_downloads none is wanted"
}

# each_source PACKAGE... : the newest revision of each that can be had. A mirror may list a security upload
# before it has it, and what the authors published is the same in all of them.
each_source() {
    for package in "$@"; do
        found=no
        for version in $(source_versions "$package"); do
            if apt_source "$package=$version"; then
                found=yes
                break
            fi
        done
        [ "$found" = yes ] || return 1
    done
}

source_versions() { # PACKAGE : newest first
    apt_cache_private showsrc --only-source "$1" | sed -n 's/^Version: //p' | sort -Vr
}

apt_private() {
    apt -o Dir::Etc::SourceList="$apt_dir/none" -o Dir::Etc::SourceParts="$apt_dir/parts" \
        -o Dir::State::Lists="$apt_dir/lists" -o Dir::Cache="$apt_dir" -o APT::Sandbox::User=root "$@"
}

apt_cache_private() {
    apt-cache -o Dir::Etc::SourceList="$apt_dir/none" -o Dir::Etc::SourceParts="$apt_dir/parts" \
        -o Dir::State::Lists="$apt_dir/lists" -o Dir::Cache="$apt_dir" "$@"
}

apt_source() {
    (cd "$freebsd_downloads" && apt_private source --download-only --only-source "$@")
}

# The machine's own Debian archives, asked for sources: one-line style, and stanzas.
source_lines() {
    cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null |
        sed -n '/^deb .*debian/s/^deb /deb-src /p'
}

source_stanzas() {
    for file in /etc/apt/sources.list.d/*.sources; do
        [ ! -f "$file" ] || sed '/^#/d' "$file"
        echo
    done | awk 'BEGIN { RS = ""; ORS = "\n\n" } /URIs:[^\n]*debian/ { sub(/Types:[^\n]*/, "Types: deb-src"); print }'
}

unpack_source() { # PACKAGE
    description=$(find "$freebsd_downloads" -name "$1_*.dsc" | sort -V | tail -n 1)
    [ -n "$description" ] || fail "$freebsd_downloads has no .dsc of $1" "./setup.sh clean, then again with a network"
    quietly "unpacking $1" "$freebsd_root/unpack.log" \
        dpkg-source --no-check --no-copy -x "$description" "$freebsd_sources/$1"
}

# Debian's source of SQLite is the tree its authors work in; the one file is made from it by its own script.
make_sqlite_one_file() {
    sqlite_dir=$freebsd_sources/sqlite3/amalgamation
    mkdir -p "$sqlite_dir"
    (cd "$sqlite_dir" && quietly "making sqlite3.c" "$freebsd_root/sqlite.log" \
        sh -c '../configure --disable-load-extension --disable-readline && make sqlite3.c') ||
        fail "sqlite3.c could not be made" "see above"
}

build_third_party() {
    third_party=$freebsd_root/third-party-$freebsd_way
    mkdir -p "$freebsd_prefix/lib"
    abi_note
    set -- -G Ninja -S "$here/cmake/freebsd/third_party" -B "$third_party" \
        -DCMAKE_TOOLCHAIN_FILE="$here/cmake/freebsd-$freebsd_way.cmake" -DCMAKE_BUILD_TYPE=Release \
        -DCMAKE_C_FLAGS_RELEASE="$freebsd_flags" -DCMAKE_CXX_FLAGS_RELEASE="$freebsd_flags" \
        -DCMAKE_INSTALL_PREFIX="$freebsd_prefix" -DPOTD_SOURCES="$freebsd_sources"
    # shellcheck disable=SC2046 # words
    quietly "configuring the third-party libraries ($freebsd_way)" "$third_party.log" \
        freebsd_cached cmake "$@" $(freebsd_launcher C CXX) ||
        fail "configuring failed" "see above; rm -r build/freebsd starts afresh"
    quietly "building the third-party libraries ($freebsd_way)" "$third_party.log" \
        freebsd_cached cmake --build "$third_party" -j "$(cpus)" ||
        fail "the build failed" "see above; rm -r build/freebsd starts afresh"
}

# ccache would guess what a wrapper is, and start it to see whether it changed.
freebsd_cached() { # COMMAND...
    if [ "$freebsd_way" = zig ]; then
        set -- env CCACHE_COMPILERTYPE=clang CCACHE_COMPILERCHECK="string:zig $zig_version $zig_target" "$@"
    fi
    "$@"
}

freebsd_launcher() { # LANGUAGE...
    command -v ccache >/dev/null 2>&1 || return 0
    for language in "$@"; do
        printf '%s ' "-DCMAKE_${language}_COMPILER_LAUNCHER=ccache"
    done
}

# See cmake/freebsd/abi_note.c.
abi_note() {
    case $freebsd_way in
        zig) set -- "$freebsd_root/zig/bin/cc" -DPOTD_OSREL=$zig_osrel ;;
        sysroot) set -- clang-14 --target=x86_64-unknown-freebsd --sysroot="$FREEBSD_SYSROOT" -DPOTD_OSREL="$(sysroot_osrel)" ;;
    esac
    "$@" -c -o "$freebsd_prefix/lib/abi_note.o" "$here/cmake/freebsd/abi_note.c"
}

sysroot_osrel() {
    sed -n 's/^#define[[:space:]]*__FreeBSD_version[[:space:]]*\([0-9]*\).*/\1/p' "$FREEBSD_SYSROOT/usr/include/sys/param.h"
}

# Those that are run while building come from a build for this machine.
freebsd_host_programs() {
    configure release
    compile release potd_openapi_embed potctl
}

freebsd_build() {
    freebsd_preset=freebsd-$freebsd_way
    forget_moved_build "$here/build/$freebsd_preset"
    freebsd_started=$(date +%s)
    # shellcheck disable=SC2046 # words
    quietly "configuring $freebsd_preset" "$here/build/configure-$freebsd_preset.log" \
        freebsd_cached cmake --preset "$freebsd_preset" -DCMAKE_CXX_FLAGS_RELEASE="$freebsd_flags" \
        -DPOTD_TESTS="${freebsd_tests:-ON}" $(freebsd_launcher CXX) ||
        fail "configuring failed" "see above; rm -r build/$freebsd_preset starts afresh"
    say "building $freebsd_preset (-j$(cpus))"
    freebsd_cached cmake --build --preset "$freebsd_preset" -j "$(cpus)" --target all ||
        fail "the build of $freebsd_preset failed" "the first error above is the one that counts; with little memory try JOBS=1"
    say "built in $(($(date +%s) - freebsd_started)) s: build/$freebsd_preset"
}

# The tarball: usr/local as an administrator wants it, and the tests with what they need.
freebsd_pack() {
    freebsd_version=$(sed -n 's/^project(potd VERSION \([0-9.]*\).*/\1/p' "$here/CMakeLists.txt")
    freebsd_name=potd-$freebsd_version-freebsd-amd64
    freebsd_tarball=$freebsd_root/$freebsd_name.tar.zst
    staging=$freebsd_root/staging-$freebsd_way
    rm -rf -- "$staging" "$freebsd_root"/potd-*.tar.zst
    mkdir -p "$staging/$freebsd_name"
    quietly "installing into build/freebsd/staging-$freebsd_way" "$freebsd_root/install.log" \
        env DESTDIR="$staging/$freebsd_name" cmake --install "$here/build/$freebsd_preset" --prefix /usr/local ||
        fail "installing failed" "see above"
    if [ "${freebsd_tests:-ON}" = ON ]; then
        mkdir -p "$staging/$freebsd_name/tests/bin"
        pack_tests "$staging/$freebsd_name/tests"
    fi
    cp -- "$here/rc.d/TARBALL.md" "$staging/$freebsd_name/README.md"
    tar -C "$staging" --sort=name --owner=0 --group=0 --numeric-owner -cf - "$freebsd_name" |
        zstd -q -T0 -10 -f -o "$freebsd_tarball"
    rm -rf -- "$staging"
    say "made: build/freebsd/$freebsd_name.tar.zst ($(du -h "$freebsd_tarball" | cut -f1))"
}

# The programs of tests.list and those that they start, under the names that tests/freebsd/run.sh knows.
pack_tests() { # FOLDER
    built=$here/build/$freebsd_preset
    cp -- "$built/tests.list" "$built/generated/potd.yaml.sample" "$here/tests/leak_check.sh" \
        "$here/scripts/count_tests.sh" "$here/tests/freebsd/run.sh" "$1"
    cp -R -- "$here/share/flavours" "$1/"
    # What system_crash_points drives; not with Zig, see tests/crash.
    [ ! -x "$built/bin/potd_crash" ] || cp -- "$built/bin/potd_crash" "$1/bin/"
    for program in potd potmon potctl potd-sim system_features $(cut -d' ' -f2 "$built/tests.list"); do
        cp -P -- "$built/bin/$program" "$1/bin/$program" || fail "build/$freebsd_preset/bin/$program is not there" "it is in tests.list: does tests/CMakeLists.txt build it?"
    done
}
