# Sourced by test.sh: the builds of the later passes, one after the other, beside the tests of the earlier ones. They have
# the lowest priority, so that a test waits for its own work alone. Each is a function build_PASS.
# shellcheck shell=sh disable=SC2154 # $here and $results_dir are setup.sh's and test.sh's

# start_builds "PASS..."
start_builds() {
    [ -n "$1" ] || return 0
    mkfifo "$results_dir/builds"
    run_builds "$1" >"$results_dir/builds" &
    builder=$!
    trap end_builds EXIT
    trap 'exit 130' INT TERM HUP
    exec 3<"$results_dir/builds"
}

# A line "PASS passed|failed SECONDS" when each has ended.
run_builds() { # "PASS..."
    # This subshell, which $$ does not name.
    renice -n 19 -p "$(exec sh -c 'echo $PPID')" >"$results_dir/renice.log" 2>&1 || cat "$results_dir/renice.log" >&2
    for built in $1; do
        build_started=$(date +%s)
        # Not as a condition: there sh would go on after an error.
        "build_$built" >"$results_dir/build-$built.log" 2>&1 &
        if wait $!; then outcome=passed; else outcome=failed; fi
        printf '%s %s %s\n' "$built" "$outcome" "$(($(date +%s) - build_started))"
    done
}

# await_build PASS : until it is built. A build is a case of its pass, and one that fails leaves
# the other passes be.
await_build() {
    read -r built outcome seconds <&3 || { outcome=failed && seconds=0; }
    phase_took "$1: build, beside the tests before" "$seconds"
    note_case "$1" build "$outcome"
    [ "$outcome" = failed ] || return 0
    tail -n 60 "$results_dir/build-$1.log" >&2
    return 1
}

# Whatever has not ended, when setup.sh does.
end_builds() {
    [ -z "${builder:-}" ] || end_with_children "$builder"
    builder=
}

# The shell knows its own children only, and those of a background job are not sent the terminal's interrupt.
end_with_children() { # PID
    children=$(pgrep -P "$1" || true)
    kill "$1" 2>/dev/null || true
    for child in $children; do
        end_with_children "$child"
    done
}
