# Sourced by setup.sh: one pot with a web server from beginning to end, under a potd of its own.
# Everything lives below one temporary folder and carries one instance name; an installed potd is
# never touched.
# shellcheck shell=sh disable=SC2154 # $here and $bin_dir are setup.sh's

demo_pot=web
demo_dir=
demo_keep=no

demo() {
    need_root demo
    case ${1:-} in
        '') ;;
        --keep) demo_keep=yes ;;
        --end)
            demo_end_kept
            return
            ;;
        *) fail "demo knows --keep and --end, not $1" "./setup.sh help" 2 ;;
    esac
    install_deps build run
    build_release potd potmon potctl
    trap demo_leave EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    demo_start_potd
    demo_start_pot
    demo_look_at_it
    if [ "$demo_keep" = yes ]; then
        demo_say_how_to_talk
    else
        demo_end_pot
    fi
}

# show COMMAND... : prints what a user would type, then does it.
show() {
    printf '\n$'
    for word in "$@"; do
        case $word in
            *[!A-Za-z0-9_./:=-]*) printf " '%s'" "$word" ;;
            *) printf ' %s' "$word" ;;
        esac
    done
    printf '\n'
    "$@"
}

potctl() {
    "$bin_dir/potctl" "$@"
}

# until_true SECONDS COMMAND... : the shell has no event to wait for, so it looks ten times a second.
until_true() {
    tries=$(($1 * 10))
    shift
    while ! "$@" >/dev/null 2>&1; do
        tries=$((tries - 1))
        [ "$tries" -gt 0 ] || return 1
        sleep 0.1
    done
}

port_is_taken() {
    curl -s -o /dev/null --max-time 2 "http://127.0.0.1:$1/" || [ $? -ne 7 ]
}

free_port() {
    port=$((20000 + $$ % 10000))
    while port_is_taken "$port"; do
        port=$((port + 1))
    done
    echo "$port"
}

demo_start_potd() {
    # Short on purpose: a unix socket's path may have 107 bytes.
    demo_dir=$(mktemp -d /tmp/potd-demo.XXXXXX)
    instance=demo-${demo_dir##*.}
    printf 'instance: %s\n' "$instance" >"$demo_dir/potd.yaml"
    say "starting a private potd in $demo_dir"
    set -- "$bin_dir/potd" --config "$demo_dir/potd.yaml" --state-dir "$demo_dir/state" \
        --run-dir "$demo_dir/run" --foreground
    # A session of its own: Ctrl-C here must not reach it before the clean-up has used it.
    if [ "$(uname -s)" = FreeBSD ]; then
        daemon -o "$demo_dir/potd.log" -p "$demo_dir/potd.pid" "$@"
    else
        setsid "$@" >"$demo_dir/potd.log" 2>&1 </dev/null &
        echo $! >"$demo_dir/potd.pid"
    fi
    POTD_URL=unix://$demo_dir/run/potd.sock
    export POTD_URL
    until_true 10 curl -fs --unix-socket "$demo_dir/run/potd.sock" http://potd/v1/ready || {
        cat "$demo_dir/potd.log" >&2
        fail "potd did not come up" "its log is above; potd --check-config looks at a configuration"
    }
}

# A web server every base `host` has: python's where there is one, else busybox's; on FreeBSD nc(1), which answers
# each caller with the page, whatever the request.
web_server() { # PORT
    if [ "$(uname -s)" = FreeBSD ]; then
        cat <<TEXT
sh -c '{ printf "HTTP/1.0 200 OK\\r\\n\\r\\n"; cat index.html; } >answer
    while nc -N -l 127.0.0.1 $1 <answer; do :; done'
TEXT
    elif [ -x /usr/bin/python3 ]; then
        echo "python3 -u -m http.server --bind 127.0.0.1 $1"
    else
        echo "busybox httpd -f -vv -p 127.0.0.1:$1"
    fi
}

demo_start_pot() {
    demo_port=$(free_port)
    # shellcheck disable=SC2016 # the pot's shell expands it
    page='echo "<h1>It works</h1> served by pot $(hostname), process $$" >index.html'
    show potctl create-base --host
    show potctl create -p "$demo_pot" -b host -t single -N inherit -- \
        sh -c "cd /tmp && $page && exec $(web_server "$demo_port")"
    show potctl start "$demo_pot"
    show potctl ps
}

demo_look_at_it() {
    until_true 10 curl -fsS "http://127.0.0.1:$demo_port/" || {
        potctl logs "$demo_pot" >&2 || true
        fail "the pot's web server does not answer on port $demo_port" "its log is above"
    }
    show curl -fsS "http://127.0.0.1:$demo_port/"
    show potctl logs "$demo_pot"
    show potctl stats --no-stream "$demo_pot"
}

demo_end_pot() {
    show potctl stop "$demo_pot"
    show potctl runs "$demo_pot"
    show potctl destroy "$demo_pot"
    demo_stop_potd
    say "nothing is left of it. Go on by hand:"
    cat <<TEXT

  sudo ./setup.sh demo --keep      the same, left running for you to look at
  sudo ./setup.sh install          potd and potctl for good; README.md has a first session

TEXT
}

demo_say_how_to_talk() {
    trap - EXIT INT TERM HUP
    cat <<TEXT

Left running. To talk to it (as root):

  export POTD_URL=$POTD_URL
  "$bin_dir/potctl" ps

The page: http://127.0.0.1:$demo_port/    To end it: sudo ./setup.sh demo --end
TEXT
}

demo_stop_potd() {
    [ -f "$demo_dir/potd.pid" ] || return 0
    potd_pid=$(cat "$demo_dir/potd.pid")
    kill "$potd_pid" 2>/dev/null || true
    until_true 20 demo_potd_is_gone || kill -KILL "$potd_pid" 2>/dev/null || true
    rm -rf -- "$demo_dir"
}

demo_potd_is_gone() {
    ! kill -0 "$potd_pid" 2>/dev/null || grep -q '^State:.Z' "/proc/$potd_pid/status" 2>/dev/null
}

# However the demo ends, nothing may stay: the pot, its potd, the folder.
demo_leave() {
    demo_status=$?
    trap - EXIT INT TERM HUP
    if [ -n "$demo_dir" ] && [ -d "$demo_dir" ]; then
        say "cleaning up"
        potctl destroy -F "$demo_pot" >/dev/null 2>&1 || true
        demo_stop_potd
    fi
    exit "$demo_status"
}

demo_end_kept() {
    for demo_dir in /tmp/potd-demo.*; do
        [ -d "$demo_dir" ] || continue
        say "ending $demo_dir"
        POTD_URL=unix://$demo_dir/run/potd.sock
        export POTD_URL
        potctl destroy -F "$demo_pot" || true
        demo_stop_potd
    done
}
