# Sourced by setup.sh: every test, counted. The passes:
#   release  all labels: unit, contract, integration, system, layering, style
#   asan     the same suite with AddressSanitizer and UBSan (without style and layering)
#   tsan     what has threads: contract, storage, api, daemon and the integration suite
# The sanitizer builds run behind the slow system tests of the release pass.
# shellcheck shell=sh disable=SC2154 # $here and $build_dir are setup.sh's

results_dir=$here/build/test-results
slow_labels='^(integration|system)$'
source_labels='^(layering|style)$'
tsan_folders='tests/contract tests/unit/storage tests/unit/api tests/unit/daemon tests/integration'
builder=

run_tests() {
    sanitize=no
    case ${1:-} in
        '') ;;
        --sanitize) sanitize=yes ;;
        *) fail "test knows --sanitize, not $1" "./setup.sh help" 2 ;;
    esac
    need_root test
    install_deps build run test
    rm -rf -- "$results_dir"
    mkdir -p "$results_dir"
    "$here/tests/leak_check.sh" snapshot >"$results_dir/before.txt"
    trap stop_builder EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    build_release all
    release_pass
    [ "$sanitize" = no ] || sanitizer_passes
    leak_pass
    summary
}

stop_builder() {
    [ -z "$builder" ] || kill "$builder" 2>/dev/null || true
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

release_pass() {
    say "release: everything that needs no machine"
    run_ctest release quick "$build_dir" -j "$(cpus)" -LE "$slow_labels"
    if [ "$sanitize" = yes ]; then
        build_sanitizers >"$results_dir/sanitizer-build.log" 2>&1 &
        builder=$!
    fi
    say "release: the slow ones, on the real kernel"
    run_ctest release slow "$build_dir" -L "$slow_labels"
}

# Leaves the mark $results_dir/PRESET.built for each that was built.
build_sanitizers() {
    build_sanitizer asan all
    # shellcheck disable=SC2046 # target names have no blanks
    build_sanitizer tsan $(tsan_targets)
}

build_sanitizer() { # PRESET TARGET...
    sanitizer=$1
    shift
    configure "$sanitizer"
    if nice -n 19 cmake --build --preset "$sanitizer" -j "$(cpus)" --target "$@"; then
        touch "$results_dir/$sanitizer.built"
    fi
}

existing_tsan_folders() {
    for folder in $tsan_folders; do
        [ ! -f "$here/$folder/CMakeLists.txt" ] || echo "$folder"
    done
}

# The integration suite drives the programs, so they are built too.
tsan_targets() {
    existing_tsan_folders | sed 's|$|/all|'
    [ ! -f "$here/tests/integration/CMakeLists.txt" ] || echo daemon/all client/all
}

sanitizer_passes() {
    say "waiting for the sanitizer builds (build/test-results/sanitizer-build.log)"
    wait "$builder" || true
    builder=
    for pass in asan tsan; do
        if [ -f "$results_dir/$pass.built" ]; then
            "${pass}_pass"
        else
            grep -E 'error|FAILED' "$results_dir/sanitizer-build.log" | head -n 20 >&2 || true
            note_case "$pass" build failed
        fi
    done
}

asan_pass() {
    say "asan: AddressSanitizer and UBSan"
    ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1
    UBSAN_OPTIONS=print_stacktrace=1
    export ASAN_OPTIONS UBSAN_OPTIONS
    run_ctest asan quick "$here/build/asan" -j "$(cpus)" -LE "$slow_labels|$source_labels"
    run_ctest asan slow "$here/build/asan" -L "$slow_labels" -LE "^slow$"
}

tsan_pass() {
    say "tsan: ThreadSanitizer on what has threads"
    TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1
    export TSAN_OPTIONS
    for folder in $(existing_tsan_folders); do
        run_ctest tsan "$(echo "$folder" | tr / -)" "$here/build/tsan/$folder"
    done
}

leak_pass() {
    say "is anything left on the machine?"
    if "$here/tests/leak_check.sh" compare "$results_dir/before.txt"; then
        note_case release nothing-left passed
    else
        note_case release nothing-left failed
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

what to do: the failed ones are listed above; one alone, with its output:
  ctest --test-dir build/release -R NAME --output-on-failure
TEXT
    exit 1
}
