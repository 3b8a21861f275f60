#!/bin/sh
# Everything a newcomer needs, one word each; `./setup.sh help` lists them.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
cd -- "$here"
# sudo, cron and containers may hand over less than this.
PATH="${PATH:-/usr/bin:/bin}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
HOME="${HOME:-/root}"
LC_ALL=C.UTF-8
export PATH HOME LC_ALL

build_dir=$here/build/release
bin_dir=$build_dir/bin

. "$here/scripts/common.sh"
. "$here/scripts/deps.sh"
. "$here/scripts/contract_tools.sh"
. "$here/scripts/viewer.sh"

usage() {
    cat <<'TEXT'
usage: ./setup.sh COMMAND

  demo [--keep]     install what is missing, build, and show a pot with a web server from
                    beginning to end; leaves nothing behind. --keep leaves it running,
                    `demo --end` ends what was kept
  test [--quick|--long|--freebsd|--vm]
                    install what is missing, build, run every test; the last line counts them.
                    As released, under ASan+UBSan, and the cross build for FreeBSD, not run;
                    --quick is the first alone, --freebsd the first and the last; --long
                    adds what has threads under TSan, every crash point, a long storm, and each file
                    compiled by itself; --vm alone: the package in a virtual machine (qemu), with
                    systemd, cgroup v2 and cuts of power
  deps              install missing packages, nothing else
  build             optimised build into build/release/bin
  bench [ARGS]      build and run the benchmarks
  package           a Debian package in build/release
  freebsd [zig|sysroot]
                    cross build for FreeBSD/amd64 on Linux: a tarball in build/freebsd, with
                    the tests; sysroot takes the headers and libraries of $FREEBSD_SYSROOT
  install [PREFIX]  build and install under PREFIX (/usr/local)
  clean             remove build/
  help              this text

demo, test, bench and install want root: sudo ./setup.sh demo
TEXT
}

# A build folder made for another path (a moved or copied clone) cannot be used again.
forget_moved_build() {
    cache=$1/CMakeCache.txt
    if [ -f "$cache" ]; then
        made_for=$(sed -n 's/^CMAKE_HOME_DIRECTORY:INTERNAL=//p' "$cache")
        if [ "$made_for" != "$here" ]; then
            say "$1 was made for $made_for: starting afresh"
            rm -rf -- "$1"
        fi
    fi
}

# configure PRESET [cmake arguments]
configure() {
    preset=$1
    shift
    forget_moved_build "$here/build/$preset"
    if command -v ccache >/dev/null 2>&1; then
        set -- "$@" -DCMAKE_CXX_COMPILER_LAUNCHER=ccache
    fi
    quietly "configuring $preset" "$here/build/configure-$preset.log" \
        cmake --preset "$preset" "$@" ||
        fail "configuring failed" "see above; ./setup.sh deps installs what is missing, ./setup.sh clean starts afresh"
}

# compile PRESET TARGET...
compile() {
    preset=$1
    shift
    say "building $preset (-j$(cpus))"
    cmake --build --preset "$preset" -j "$(cpus)" --target "$@" ||
        fail "the build of $preset failed" "the first error above is the one that counts; with little memory try JOBS=1"
}

# build_release TARGET...
build_release() {
    mkdir -p "$here/build"
    started=$(date +%s)
    fetch_viewer
    configure release
    compile release "$@"
    say "built in $(($(date +%s) - started)) s: $bin_dir"
}

cmd_build() {
    require_tools cmake ninja c++ pkg-config
    build_release all
}

cmd_deps() {
    install_deps build run test
    install_contract_tools
}

cmd_demo() {
    . "$here/scripts/demo.sh"
    demo "$@"
}

cmd_test() {
    . "$here/scripts/test.sh"
    run_tests "$@"
}

cmd_bench() {
    need_root bench
    install_deps build run
    build_release all benchmarks
    [ -x "$here/bench/run.sh" ] || fail "there is no bench/run.sh in this tree" "see bench/README.md"
    "$here/bench/run.sh" "$build_dir" "$@"
}

cmd_package() {
    install_deps build run package
    build_release all
    pack_release
}

pack_release() {
    rm -f -- "$build_dir"/potd_*.deb
    (cd "$build_dir" && quietly "packing" "$here/build/package.log" cpack -G DEB) ||
        fail "packing failed" "see above"
    say "made: $(find "$build_dir" -maxdepth 1 -name 'potd_*.deb')"
}

cmd_freebsd() {
    . "$here/scripts/freebsd.sh"
    freebsd "$@"
}

cmd_install() {
    prefix=${1:-/usr/local}
    build_release_if_missing
    cmake --install "$build_dir" --prefix "$prefix" >"$here/build/install.log" ||
        fail "installing into $prefix failed" "see above; installing system-wide wants root: sudo ./setup.sh install"
    say "installed under $prefix (list: build/release/install_manifest.txt)"
    say "next: $prefix/sbin/potd --check-config, then start it by hand or with systemctl enable --now potd"
}

build_release_if_missing() {
    if [ "$(id -u)" -eq 0 ]; then
        install_deps build run
    fi
    cmd_build
}

cmd_clean() {
    rm -rf -- "$here/build"
    say "build/ is gone"
}

main() {
    command=${1:-help}
    [ $# -eq 0 ] || shift
    case $command in
        demo | test | deps | build | bench | package | freebsd | install | clean) "cmd_$command" "$@" ;;
        help | -h | --help) usage ;;
        *)
            usage >&2
            fail "no such command: $command" "the list is above" 2
            ;;
    esac
}

main "$@"
