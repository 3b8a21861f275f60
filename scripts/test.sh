# Sourced by setup.sh: every test, counted, in passes, each after its own build (tsan with --long only):
#   release  all labels: unit, contract, integration, system, layering, style
#   asan     with AddressSanitizer and UBSan: unit, contract, integration
#   tsan     with ThreadSanitizer: the tests labelled `threads`
# The system tests of the release build then drive the programs of the sanitizer's build, but for the one that
# waits for a download. Each pass ends with a look at what it left on the machine.
# shellcheck shell=sh disable=SC2154 # $here and $build_dir are setup.sh's

results_dir=$here/build/test-results
reports_dir=$results_dir/reports
slow_labels='^(integration|system)$'
sanitizer_passes=asan
long_tests=OFF

run_tests() {
    case ${1:-} in
        '') ;;
        --quick) sanitizer_passes= ;;
        --long)
            long_tests=ON
            sanitizer_passes='asan tsan'
            ;;
        *) fail "test knows --quick and --long, not $1" "./setup.sh help" 2 ;;
    esac
    need_root test
    install_deps build run test
    rm -rf -- "$results_dir"
    mkdir -p "$reports_dir"
    "$here/tests/leak_check.sh" snapshot >"$results_dir/before.txt"
    build_release_for_tests
    release_pass
    leak_pass release
    for pass in $sanitizer_passes; do
        sanitizer_pass "$pass"
    done
    summary
}

# run_ctest PASS PART FOLDER [ctest arguments] : results in $results_dir/PASS-PART.
run_ctest() {
    part_dir=$results_dir/$1-$2
    test_dir=$3
    shift 3
    mkdir -p "$part_dir"
    GTEST_OUTPUT="xml:$part_dir/" POTD_TEST_RESULTS="$part_dir" \
        ctest --test-dir "$test_dir" --output-junit "$part_dir/ctest.xml" --output-on-failure \
        --no-tests=ignore --timeout 900 "$@" || true
}

build_release_for_tests() {
    configure release -DPOTD_LONG_TESTS=$long_tests
    build_release all
}

release_pass() {
    say "release: everything that needs no machine"
    run_ctest release quick "$build_dir" -j "$(cpus)" -LE "$slow_labels"
    say "release: the slow ones, on the real kernel"
    run_ctest release slow "$build_dir" -L "$slow_labels"
}

# A sanitizer's build that fails counts as one failed case; the other passes go on.
sanitizer_pass() { # asan|tsan
    started=$(date +%s)
    configure "$1"
    say "building $1 (-j$(cpus))"
    # shellcheck disable=SC2046 # target names have no blanks
    if cmake --build --preset "$1" -j "$(cpus)" --target $("$1_targets"); then
        say "built in $(($(date +%s) - started)) s"
        "$1_pass"
        report_pass "$1"
        leak_pass "$1"
    else
        note_case "$1" build failed
    fi
}

asan_targets() {
    echo unit_tests sim_tests contract_tests integration_tests potd potmon potctl potd_crash
}

asan_pass() {
    # The reports go to files, so that those of a potd in the background are seen, too.
    ASAN_OPTIONS=log_path=$reports_dir/asan:detect_stack_use_after_return=1:strict_string_checks=1
    UBSAN_OPTIONS=log_path=$reports_dir/asan:print_stacktrace=1
    export ASAN_OPTIONS UBSAN_OPTIONS
    say "asan: unit and contract tests, the simulator"
    run_ctest asan quick "$here/build/asan" -j "$(cpus)" -L '^(unit|sim|contract)$'
    say "asan: integration tests"
    run_ctest asan integration "$here/build/asan" -L '^integration$'
    drive_programs asan
}

tsan_targets() {
    echo threaded_tests potd potmon potd_crash
}

tsan_pass() {
    say "tsan: tests of what has threads"
    TSAN_OPTIONS=log_path=$reports_dir/tsan:halt_on_error=1:second_deadlock_stack=1
    export TSAN_OPTIONS
    run_ctest tsan threads "$here/build/tsan" -L '^threads$'
    # potctl has no threads.
    cp -- "$build_dir/bin/potctl" "$here/build/tsan/bin/potctl"
    drive_programs tsan
}

drive_programs() { # asan|tsan
    say "$1: the system tests, with these programs"
    POTD_BIN_DIR=$here/build/$1/bin
    export POTD_BIN_DIR
    run_ctest "$1" system "$build_dir" -R '^system_' -LE '^slow$'
    unset POTD_BIN_DIR
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
    say "$1: is anything left on the machine?"
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
    "$here/scripts/count_tests.sh" "$results_dir" && return 0
    cat >&2 <<TEXT

what to do: the failed ones are listed above by pass (release, asan, tsan); one alone, with its output:
  ctest --test-dir build/PASS -R NAME --output-on-failure
a system test of asan or tsan:
  POTD_BIN_DIR=$here/build/PASS/bin ctest --test-dir build/release -R NAME --output-on-failure
reports of the sanitizers: build/test-results/reports
TEXT
    exit 1
}
