#!/bin/sh
# What potd could leave on a machine. `leak_check.sh snapshot` prints what is there now, one thing a
# line; `leak_check.sh compare FILE` prints what is there beyond FILE and exits 1 if there is any.
set -eu

linux_processes() {
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

linux_mounts() {
    awk '/potd/ { print "mount " $5 }' /proc/self/mountinfo
}

linux_cgroups() {
    find /sys/fs/cgroup -type d -name '*potd*' 2>/dev/null | sed 's/^/cgroup /' || true
}

linux_network() {
    for netns in /run/netns/* /sys/class/net/*; do
        [ ! -e "$netns" ] || echo "network $netns"
    done
}

linux_things() {
    linux_processes
    linux_mounts
    linux_cgroups
    linux_network
}

freebsd_things() {
    ps -axo pid=,lstart=,comm= | awk '$NF ~ /^(potd|potmon|potctl)/ { print "process " $0 }'
    mount -p | awk '/potd/ { print "mount " $2 }'
    # Dying ones, too.
    jls -d jid name | awk '$2 ~ /^potd/ { print "jail " $1 " " $2 }'
    ifconfig -l | tr ' ' '\n' | sed 's/^/network /'
    ifconfig -a | awk '/^[^\t]/ { name = $1 } $1 == "inet" || $1 == "inet6" { print "address " name " " $2 }'
    devfs rule showsets | sed 's/^/devfs ruleset /'
    rctl 2>/dev/null | awk '/potd/ { print "rctl rule " $0 }' || true
    zfs list -H -o name 2>/dev/null | awk '/potd/ { print "dataset " $0 }' || true
}

temporary() {
    for path in /tmp/potd-* /run/potd-* /dev/shm/potd-* /var/run/potd-*; do
        [ ! -e "$path" ] || echo "left over $path"
    done
}

snapshot() {
    case $(uname -s) in
        FreeBSD) { freebsd_things; temporary; } | sort -u ;;
        *) { linux_things; temporary; } | sort -u ;;
    esac
}

# Ended processes and namespaces go a moment after the call that ended them returns.
compare() {
    tries=50
    while :; do
        now=$(mktemp "${TMPDIR:-/tmp}/leaks.XXXXXX")
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
