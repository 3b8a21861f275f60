#!/bin/sh
# The rc.d script with FreeBSD's rc.subr(8) and programs replaced by stand-ins that write down what they are asked:
# what daemon(8) is given, who gets the signal at a stop, and that only a machine that goes down stops pots.
set -eu
tree=$1
place=$(mktemp -d "${TMPDIR:-/tmp}/potd-rc.XXXXXX")
trap 'rm -rf -- "$place"' EXIT
calls=$place/calls

stand_in() { # NAME BODY
    printf '#!/bin/sh\n%s\n' "$2" >"$place/bin/$1"
    chmod 755 "$place/bin/$1"
}

# As much of rc.subr(8) as the script uses.
write_subr() {
    cat >"$place/rc.subr" <<'END'
load_rc_config() { :; }
warn() { echo "warn: $*" >>"$calls"; }
check_pidfile() { cat "$1" 2>/dev/null || :; }
wait_for_pids() { echo "wait $*" >>"$calls"; }
_run_rc_notrunning() { echo "not running"; }
kill() { echo "kill $*" >>"$calls"; }
run_rc_command() {
    rc_arg=${1#fast}
    [ "$rc_arg" = "$1" ] || rc_fast=yes
    rc_flags=${potd_flags-}
    rc_pid=$(check_pidfile "$pidfile")
    eval "cmd=\${${rc_arg}_cmd:-} precmd=\${${rc_arg}_precmd:-} postcmd=\${${rc_arg}_postcmd:-}"
    ${precmd:-:} || return 1
    if [ -n "$cmd" ]; then
        $cmd
    elif [ "$rc_arg" = start ]; then
        $command $rc_flags $command_args
    fi || return 1
    ${postcmd:-:}
}
END
}

prepare() {
    mkdir "$place/bin"
    write_subr
    # shellcheck disable=SC2016 # for the stand-ins
    {
        stand_in daemon 'echo "daemon $*" >>"$calls"'
        stand_in potd 'echo "potd $*" >>"$calls"; exit "${potd_status:-0}"'
        stand_in potctl 'echo "potctl $POTD_URL $*" >>"$calls"; exit "${potctl_status:-0}"'
    }
    sed -e "s|/etc/rc.subr|$place/rc.subr|; s|/var/run/potd|$place/potd|; s|/usr/sbin/daemon|$place/bin/daemon|" \
        -e "s|@POTD_SBINDIR@|$place/bin|; s|@POTD_BINDIR@|$place/bin|; s|@POTD_CONFIG_DIR@|/usr/local/etc/potd|" \
        -e "s|@POTD_RUN_DIR@|/var/run/potd|" "$tree/rc.d/potd.in" >"$place/rc"
    ! grep -n '@' "$place/rc" || complain "a place was not filled in"
    export calls
}

failed=0
complain() {
    echo "rc.d/potd: $*"
    failed=1
}

# told NAME WORD [ASSIGNMENT...] : runs the script; the calls are in $calls. Fails with the script.
told() {
    word=$1
    shift
    : >"$calls"
    # shellcheck disable=SC2016 # for that shell
    env "$@" sh -c 'rc=$1; rc_shutdown=${down:+reboot}; set -- "$2"; . "$rc"' sh "$place/rc" "$word" >"$place/said" 2>&1
}

expect_calls() { # WHAT ; expected lines on stdin
    cat >"$place/expected"
    diff "$place/expected" "$calls" || complain "$1 (< expected, > done)"
}

check_header() {
    for line in 'PROVIDE: potd' 'KEYWORD: nojail shutdown' 'BEFORE: LOGIN securelevel'; do
        grep -qx "# $line" "$place/rc" || complain "has no line '# $line'"
    done
    for before in FILESYSTEMS NETWORKING SERVERS pf devfs; do
        grep -q "^# REQUIRE:.* $before\b" "$place/rc" || complain "does not REQUIRE $before"
    done
}

check_start() {
    told start potd_flags='--log-level debug' || complain "start failed: $(cat "$place/said")"
    expect_calls "start" <<END
potd --check-config
daemon -R 1 -f -H -o /var/log/potd.log -P $place/potd_daemon.pid -p $place/potd.pid $place/bin/potd --foreground --log-level debug
potctl unix:/var/run/potd/potd.sock system info
END
    if told start potd_status=1; then complain "a bad configuration is started"; fi
    expect_calls "start with a bad configuration" <<END
potd --check-config
END
    if told start potctl_status=5 potd_start_timeout=0; then complain "start is content with a potd that does not answer"; fi
}

check_stop() {
    echo 41 >"$place/potd_daemon.pid"
    echo 42 >"$place/potd.pid"
    told stop || complain "stop failed: $(cat "$place/said")"
    expect_calls "stop leaves pots alone" <<END
kill -TERM 41
wait 41 42
END
    echo 41 >"$place/potd_daemon.pid"
    echo 42 >"$place/potd.pid"
    told faststop down=yes || complain "faststop failed: $(cat "$place/said")"
    expect_calls "the machine goes down" <<END
potctl unix:/var/run/potd/potd.sock system shutdown --stop-pots
kill -TERM 41
wait 41 42
END
    echo 42 >"$place/potd.pid"
    told faststop down=yes potctl_status=1 || complain "a pot that does not stop keeps the machine up"
    grep -q '^warn: not every pot' "$calls" || complain "does not say that pots were not stopped"
    grep -q '^kill -TERM 42' "$calls" || complain "potd without daemon(8) is not told to stop"
    if told stop; then complain "stop of what does not run succeeds"; fi
    told faststop down=yes || complain "faststop of what does not run fails"
}

prepare
check_header
check_start
check_stop
exit "$failed"
