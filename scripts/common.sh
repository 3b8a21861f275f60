# Sourced by setup.sh and the scripts beside this file: words to the user, small checks.
# shellcheck shell=sh

# say TEXT : progress, one line.
say() {
    printf '==> %s\n' "$*"
}

# fail WHAT HINT [STATUS] : the end, with what to do.
fail() {
    printf 'setup.sh: %s\n    what to do: %s\n' "$1" "$2" >&2
    exit "${3:-1}"
}

cpus() {
    printf '%s\n' "${JOBS:-$(nproc 2>/dev/null || sysctl -n hw.ncpu 2>/dev/null || echo 2)}"
}

# quietly WHAT LOGFILE COMMAND... : output into the log; shown when the command fails.
quietly() {
    quiet_what=$1
    quiet_log=$2
    shift 2
    mkdir -p "$(dirname "$quiet_log")"
    say "$quiet_what"
    "$@" >"$quiet_log" 2>&1 && return 0
    quiet_status=$?
    tail -n 60 "$quiet_log" >&2
    printf '(all of it: %s)\n' "$quiet_log" >&2
    return "$quiet_status"
}

need_root() {
    [ "$(id -u)" -eq 0 ] ||
        fail "$1 makes namespaces, mounts and cgroups, which wants root" "sudo ./setup.sh $1"
}

require_tools() {
    for required_tool in "$@"; do
        command -v "$required_tool" >/dev/null 2>&1 ||
            fail "$required_tool is not installed" "sudo ./setup.sh deps"
    done
}
