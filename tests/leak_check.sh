#!/bin/sh
# What potd could leave on a machine. `leak_check.sh snapshot` prints what is there now, one thing a
# line; `leak_check.sh compare FILE` prints what is there beyond FILE and exits 1 if there is any.
set -eu

processes() {
    for folder in /proc/[0-9]*; do
        name=$(cat "$folder/comm" 2>/dev/null) || continue
        case $name in
            potd* | potmon* | potctl*)
                # Field 22 counts from the closing bracket of the name: pid and start time are who it is.
                started=$(sed 's/.*) //' "$folder/stat" 2>/dev/null | cut -d' ' -f20) || continue
                echo "process ${folder#/proc/} $name started $started"
                ;;
        esac
    done
}

mounts() {
    awk '/potd/ { print "mount " $5 }' /proc/self/mountinfo
}

cgroups() {
    find /sys/fs/cgroup -type d -name '*potd*' 2>/dev/null | sed 's/^/cgroup /' || true
}

network() {
    for netns in /run/netns/* /sys/class/net/*; do
        [ ! -e "$netns" ] || echo "network $netns"
    done
}

temporary() {
    for path in /tmp/potd-* /run/potd-* /dev/shm/potd-*; do
        [ ! -e "$path" ] || echo "left over $path"
    done
}

snapshot() {
    { processes; mounts; cgroups; network; temporary; } | sort -u
}

# Ended processes and namespaces go a moment after the call that ended them returns.
compare() {
    tries=50
    while :; do
        now=$(mktemp)
        snapshot >"$now"
        new=$(comm -13 "$1" "$now")
        rm -f -- "$now"
        [ -n "$new" ] || return 0
        tries=$((tries - 1))
        [ "$tries" -gt 0 ] || break
        sleep 0.1
    done
    printf 'left on the machine:\n%s\n' "$new"
    return 1
}

case ${1:-} in
    snapshot) snapshot ;;
    compare) compare "${2:?which snapshot}" ;;
    *)
        echo "usage: leak_check.sh snapshot | compare FILE" >&2
        exit 2
        ;;
esac
