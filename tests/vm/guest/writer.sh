#!/bin/sh
# vm-writer ROUND : asks potd for changes, two at a time, until the power goes, and writes each to the port `notes`:
# before it is asked for (`ask`), and when it was acknowledged (`ack`). A write to the port comes back when the
# machine outside has it. Each line: ask|ack VERB POT.
set -u
round=${1:?which round}
exec 4<>"$(vm-port notes)"

change() { # VERB POT COMMAND...
    verb=$1
    pot=$2
    shift 2
    echo "ask $verb $pot" >&4
    "$@" >/dev/null 2>&1 && echo "ack $verb $pot" >&4
}

lives() { # WORKER
    number=0
    while :; do
        number=$((number + 1))
        name=r$round-w$1-$number
        change create "$name" potctl create -q -p "$name" -b host -- /bin/sleep inf
        change snapshot "$name" potctl snapshot -p "$name"
        change set "$name" potctl set-env -p "$name" -E "POT=$name"
        change start "$name" potctl start -p "$name"
        [ $((number % 3)) != 0 ] || change destroy "$name" potctl destroy -F -p "$name"
    done
}

lives 1 &
lives 2 &
wait
