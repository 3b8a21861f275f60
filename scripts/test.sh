# Sourced by setup.sh: every test, counted, in passes, each with a build of its own:
#   release  all labels: unit, contract, integration, system, layering, style
#   asan     with AddressSanitizer and UBSan: unit, contract, integration; then each parser is fuzzed for a minute (tests/fuzz)
#   tsan     with --long only, with ThreadSanitizer: the tests labelled `threads`
#   freebsd  the cross build for FreeBSD; what it packs is looked at, not run; its tests with --freebsd and --long
#   dev      with --long only: each file of the programs, and the benchmarks, compiled by itself
#   vm       with --vm, and then alone: the package in a virtual machine with systemd and cgroup v2, see tests/vm
# System tests of the release build then drive the programs of the sanitizer's build: those labelled `sanitized`,
# with --long all but the one that waits for a download. Each pass ends with a look at what it left on the machine.
# shellcheck shell=sh disable=SC2154 # $here and $build_dir are setup.sh's

. "$here/scripts/test_builds.sh"
. "$here/scripts/freebsd.sh"

results_dir=$here/build/test-results
reports_dir=$results_dir/reports
slow_labels='^(integration|system)$'
first_pass=release
later_passes='asan freebsd'
long_tests=OFF
freebsd_tests=OFF

run_tests() {
    case ${1:-} in
        '') ;;
        --quick) later_passes= ;;
        --freebsd)
            freebsd_tests=ON
            later_passes=freebsd
            ;;
        --long)
            long_tests=ON
            freebsd_tests=ON
            later_passes='asan tsan freebsd dev'
            ;;
        --vm)
            later_passes=
            first_pass=vm
            ;;
        *) fail "test knows --quick, --long, --freebsd and --vm, not $1" "./setup.sh help" 2 ;;
    esac
    need_root test
    install_test_deps
    rm -rf -- "$results_dir"
    mkdir -p "$reports_dir"
    take_memory
    "$here/tests/leak_check.sh" snapshot >"$results_dir/before.txt"
    "${first_pass}_pass"
    for pass in $later_passes; do
        phase "$pass: waiting for its build"
        if await_build "$pass"; then
            "${pass}_pass"
        fi
    done
    end_builds
    phase_end
    give_memory_back
    summary
}

# Tests have their files in memory where there is plenty: they would wait for the disk half of their time, and a
# process that is killed leaves the same there. What a cut of power leaves is looked at in the virtual machine.
take_memory() {
    memory_dir=
    [ -z "${TMPDIR:-}" ] && [ -d /dev/shm ] || return 0
    [ "$(df --output=avail -k /dev/shm 2>/dev/null | tail -n 1)" -gt 6000000 ] || return 0
    # Short: the paths of sockets have 107 characters.
    memory_dir=$(mktemp -d /dev/shm/pt.XXXXXX)
    chmod 1777 "$memory_dir"
    TMPDIR=$memory_dir
    export TMPDIR
}

give_memory_back() {
    [ -n "$memory_dir" ] || return 0
    unset TMPDIR
    left=$(ls -A -- "$memory_dir")
    [ -z "$left" ] || say "left in $memory_dir: $left"
    if rm -rf -- "$memory_dir" && [ -z "$left" ]; then
        note_case release no-temporary-files-left passed
    else
        note_case release no-temporary-files-left failed
    fi
}

install_test_deps() {
    set -- build run test
    case $first_pass$later_passes in
        vm) set -- "$@" package vm ;;
        *freebsd*) set -- "$@" freebsd freebsd_zig ;;
    esac
    case $later_passes in
        *asan*) set -- "$@" sanitizers ;;
    esac
    install_deps "$@"
    case $first_pass in
        release) install_contract_tools ;;
    esac
}

# phase NAME : how long what follows takes is told by that name at the end.
phase() {
    phase_end
    phase_name=$1
    phase_started=$(date +%s)
    say "$1"
}

phase_end() {
    [ -z "${phase_name:-}" ] || phase_took "$phase_name" "$(($(date +%s) - phase_started))"
    phase_name=
}

phase_took() { # NAME SECONDS
    printf '%6d s  %s\n' "$2" "$1" >>"$results_dir/phases.txt"
}

# run_ctest PASS PART FOLDER [ctest arguments] : results in $results_dir/PASS-PART.
run_ctest() {
    part_dir=$results_dir/$1-$2
    test_dir=$3
    shift 3
    mkdir -p "$part_dir"
    GTEST_OUTPUT="xml:$part_dir/" POTD_TEST_RESULTS="$part_dir" \
        ctest --test-dir "$test_dir" --output-junit "$part_dir/ctest.xml" --output-on-failure \
        --no-tests=ignore --timeout 900 "$@" 3<&- || true
}

# The slow ones run one after the other and mostly wait: beside them the later passes are built.
release_pass() {
    phase "release: build"
    fetch_viewer
    configure release -DPOTD_LONG_TESTS=$long_tests
    build_release all
    phase "release: everything that needs no machine"
    run_ctest release quick "$build_dir" -j "$(cpus)" -LE "$slow_labels|^vm$"
    start_builds "$later_passes"
    phase "release: the slow ones, on the real kernel"
    # Every second of the points that the default has; the long run has all there are.
    [ "$long_tests" = ON ] || POTD_CRASH_THINNED=2
    export POTD_CRASH_THINNED
    run_ctest release slow "$build_dir" -L "$slow_labels"
    unset POTD_CRASH_THINNED
    leak_pass release
}

vm_pass() {
    phase "vm: build and package"
    build_release all
    pack_release
    phase "vm: image"
    # shellcheck disable=SC2046 # names are words without blanks
    "$here/tests/vm/image.sh" "$here/build/vm" $(package_needs) ||
        fail "there is no machine to test in" "see above; ./setup.sh test --vm goes on where it stopped"
    phase "vm: tests in the machine"
    run_ctest vm machine "$build_dir" -L '^vm$'
    leak_pass vm
}

# The packages that potd's own wants, by name.
package_needs() {
    dpkg-deb -f "$(find "$build_dir" -maxdepth 1 -name 'potd_*.deb')" Depends | tr ',' '\n' | sed 's/^ *//; s/ .*//'
}

# Clang needs half of GCC's time to compile with the sanitizers.
build_asan() {
    configure asan -DPOTD_LONG_TESTS=$long_tests
    compile asan unit_tests sim_tests contract_tests integration_tests fuzz_tests potd potmon \
        potmon_previous potctl potd_crash
}

asan_pass() {
    # The reports go to files, so that those of a potd in the background are seen, too.
    ASAN_OPTIONS=log_path=$reports_dir/asan:detect_stack_use_after_return=1:strict_string_checks=1
    UBSAN_OPTIONS=log_path=$reports_dir/asan:print_stacktrace=1
    export ASAN_OPTIONS UBSAN_OPTIONS
    phase "asan: unit and contract tests, the simulator"
    run_ctest asan quick "$here/build/asan" -j "$(cpus)" -L '^(unit|sim|contract)$'
    phase "asan: integration tests"
    run_ctest asan integration "$here/build/asan" -L '^integration$'
    drive_programs asan
    unset ASAN_OPTIONS UBSAN_OPTIONS
    fuzz_parsers
    report_pass asan
    leak_pass asan
}

# The same seed each time, so that what is red is red again; the long run has another one each time. A minute by the
# clock: four times as many at a time as there are processors.
fuzz_parsers() {
    phase "asan: each parser fuzzed for a minute"
    [ "$long_tests" = ON ] || POTD_FUZZ_SEED=${POTD_FUZZ_SEED:-1}
    export POTD_FUZZ_SEED
    run_ctest asan fuzz "$here/build/asan" -j "$((4 * $(cpus)))" -L '^fuzz$'
}

build_tsan() {
    configure tsan
    compile tsan threaded_tests potd potmon potmon_previous potd_crash
}

tsan_pass() {
    phase "tsan: tests of what has threads"
    TSAN_OPTIONS=log_path=$reports_dir/tsan:halt_on_error=1:second_deadlock_stack=1
    export TSAN_OPTIONS
    run_ctest tsan threads "$here/build/tsan" -L '^threads$'
    # potctl has no threads.
    cp -- "$build_dir/bin/potctl" "$here/build/tsan/bin/potctl"
    drive_programs tsan
    unset TSAN_OPTIONS
    report_pass tsan
    leak_pass tsan
}

# With these programs a death costs six times as much, and what it shows was looked for with those of the release.
drive_programs() { # asan|tsan
    phase "$1: the system tests, with these programs"
    POTD_BIN_DIR=$here/build/$1/bin
    POTD_CRASH_THINNED=4
    export POTD_BIN_DIR POTD_CRASH_THINNED
    if [ "$long_tests" = ON ]; then
        run_ctest "$1" system "$build_dir" -R '^system_' -LE '^slow$'
    else
        run_ctest "$1" system "$build_dir" -L '^sanitized$'
    fi
    unset POTD_BIN_DIR POTD_CRASH_THINNED
}

# The programs that are run while building are those of the release pass. What is only looked at need not be
# optimised, nor watched, which Zig does where nothing is optimised.
build_freebsd() {
    freebsd_way=zig
    freebsd_flags='-O0 -DNDEBUG -fno-sanitize=undefined'
    freebsd_prepare
    freebsd_build
    freebsd_pack
}

# The newest symbols of libc are those of the release built for: FreeBSD 14.0.
freebsd_pass() {
    phase "freebsd: what was packed"
    for tarball in "$here"/build/freebsd/potd-*.tar.zst; do
        "$here/tests/freebsd/check_tarball.sh" "$tarball" "$here/ports/sysutils/potd" 1.7 \
            >>"$results_dir/freebsd-own/cases.txt" || true
    done
}

# That it was built is what it says.
build_dev() {
    configure dev
    compile dev potd potmon potctl benchmarks
}

dev_pass() {
    phase "dev: each file by itself"
}

# Each report of a sanitizer is a failed case, also where the test itself did not notice.
report_pass() { # asan|tsan
    found=no
    for report in "$reports_dir/$1".*; do
        [ -s "$report" ] || continue
        found=yes
        printf '%s\n' "--- $report"
        head -n 40 -- "$report"
        note_case "$1" "report:${report#"$here/"}" failed
    done
    [ "$found" = yes ] || note_case "$1" no-reports passed
}

leak_pass() { # PASS
    phase "$1: is anything left on the machine?"
    if "$here/tests/leak_check.sh" compare "$results_dir/before.txt"; then
        note_case "$1" nothing-left passed
    else
        note_case "$1" nothing-left failed
    fi
}

# note_case PASS NAME passed|failed|skipped : a check that is not ctest's.
note_case() {
    mkdir -p "$results_dir/$1-own"
    printf '%s %s\n' "$3" "$2" >>"$results_dir/$1-own/cases.txt"
}

summary() {
    say "it took:"
    cat -- "$results_dir/phases.txt"
    "$here/scripts/count_tests.sh" "$results_dir" && return 0
    cat >&2 <<TEXT

what to do: the failed ones are listed above by pass (release, asan, tsan, freebsd); one alone, with its output:
  ctest --test-dir build/PASS -R NAME --output-on-failure
a system test of asan or tsan:
  POTD_BIN_DIR=$here/build/PASS/bin ctest --test-dir build/release -R NAME --output-on-failure
reports of the sanitizers: build/test-results/reports
a build: build/test-results/build-PASS.log; the cross build alone: ./setup.sh freebsd
TEXT
    exit 1
}
