# Sourced by setup.sh and tidy.sh: which packages each task wants, and how to get the missing ones.
# A line is one need; alternatives are separated by | and tried from left to right.
# shellcheck shell=sh disable=SC2154 # $here is setup.sh's

debian_packages() {
    case $1 in
        build) echo 'g++ cmake ninja-build pkg-config ccache libboost1.81-dev|libboost-dev nlohmann-json3-dev
            libspdlog-dev libyaml-cpp-dev libsqlite3-dev libarchive-dev libssl-dev libseccomp-dev libnftables-dev
            libgtest-dev libgmock-dev' ;;
        run) echo 'curl ca-certificates debootstrap busybox-static|busybox iproute2 procps util-linux' ;;
        test) echo 'mold clang-format-14 shellcheck mandoc|man-db bmake btrfs-progs dpkg-dev file
            python3-prometheus-client python3-venv' ;;
        package) echo 'dpkg-dev file' ;;
        # The compiler of AddressSanitizer's build and of the fuzzer, its run time and what names the lines in reports.
        sanitizers) echo 'clang-14 libclang-rt-14-dev llvm-14' ;;
        tidy) echo 'clang-tidy-14' ;;
        # The emulator, and what makes its disk.
        vm) echo 'qemu-system-x86 e2fsprogs' ;;
        # Cross building for FreeBSD; the other two are the compilers of its two ways.
        freebsd) echo 'dpkg-dev patch tcl binutils zstd' ;;
        freebsd_zig) echo 'python3 python3-pip' ;;
        freebsd_sysroot) echo 'clang-14 lld-14 llvm-14' ;;
    esac
}

freebsd_packages() {
    case $1 in
        build) echo 'cmake ninja pkgconf ccache boost-libs nlohmann-json spdlog yaml-cpp sqlite3 googletest' ;;
        run) echo 'curl' ;;
        test) echo 'hs-ShellCheck|shellcheck' ;;
        package | sanitizers | tidy | vm) ;;
    esac
}

have_debian_package() {
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

have_freebsd_package() {
    pkg info -e "$1" 2>/dev/null
}

known_debian_package() {
    apt-cache show --no-all-versions "$1" >/dev/null 2>&1
}

known_freebsd_package() {
    pkg rquery '%n' "$1" 2>/dev/null | grep -q .
}

# needs_met SYSTEM NEED : is one of the alternatives installed?
need_met() {
    for name in $(printf '%s' "$2" | tr '|' ' '); do
        "have_$1_package" "$name" && return 0
    done
    return 1
}

# pick SYSTEM NEED : the first alternative the package lists know; the last one if they know none.
pick() {
    for name in $(printf '%s' "$2" | tr '|' ' '); do
        if "known_$1_package" "$name"; then
            break
        fi
    done
    printf '%s ' "$name"
}

# missing SYSTEM GROUP... : the needs not met, as written.
missing() {
    system=$1
    shift
    for group in "$@"; do
        for need in $("${system}_packages" "$group"); do
            need_met "$system" "$need" || printf '%s ' "$need"
        done
    done
}

package_system() {
    if [ "$(uname -s)" = FreeBSD ]; then
        echo freebsd
    elif command -v dpkg-query >/dev/null 2>&1 && command -v apt-get >/dev/null 2>&1; then
        echo debian
    else
        echo unknown
    fi
}

apt() {
    DEBIAN_FRONTEND=noninteractive apt-get -q -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 "$@"
}

refresh_apt() {
    quietly "refreshing the package lists" "$here/build/apt.log" apt update ||
        fail "apt-get update failed" "check the network and /etc/apt/sources.list, then try again"
}

apt_install() {
    quietly "installing $*" "$here/build/apt.log" apt install -y --no-install-recommends "$@"
}

lists_know_all() {
    for need in "$@"; do
        found=no
        for name in $(printf '%s' "$need" | tr '|' ' '); do
            known_debian_package "$name" && found=yes
        done
        [ "$found" = yes ] || return 1
    done
}

# shellcheck disable=SC2086 # names are words without blanks
install_debian() {
    lists_know_all "$@" || refresh_apt
    packages=$(for need in "$@"; do pick debian "$need"; done)
    if ! apt_install $packages; then
        # Lists that name files the mirror has since replaced are the usual cause.
        refresh_apt
        apt_install $packages ||
            fail "could not install: $packages" "by hand: apt-get update && apt-get install $packages"
    fi
}

# shellcheck disable=SC2086
install_freebsd() {
    packages=$(for need in "$@"; do pick freebsd "$need"; done)
    quietly "installing $packages" "$here/build/pkg.log" pkg install -y $packages ||
        fail "could not install: $packages" "by hand: pkg install $packages"
}

# install_deps GROUP... : nothing to do, and no network wanted, when all is there.
# shellcheck disable=SC2086
install_deps() {
    system=$(package_system)
    if [ "$system" = unknown ]; then
        say "no apt and no pkg here: nothing is installed for you"
        say "wanted, in Debian's names: $(for group in "$@"; do debian_packages "$group" | tr -s ' \n' ' '; done)"
        return 0
    fi
    wanted=$(missing "$system" "$@")
    if [ -z "$wanted" ]; then
        say "all packages are there"
        return 0
    fi
    [ "$(id -u)" -eq 0 ] || fail "missing packages: $wanted" "sudo ./setup.sh deps"
    "install_$system" $wanted
}
