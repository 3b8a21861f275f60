#!/bin/sh
# The far end of vm_channel.cpp: takes commands from a virtio port, one after the other, and answers.
#   request   "SCRIPT_BYTES STDIN_BYTES\n", the script, its standard input
#   answer    "STATUS STDOUT_BYTES STDERR_BYTES\n", its standard output, its standard error
# The first line it says is "ready".
set -u
name=${1:?name of the port}
place=/run/vm-agent
mkdir -p "$place"
exec 3<>"$(vm-port "$name")"

# Programs cost time under emulation, so there are none for what is empty. head asks for no more than is left, so
# that the next request stays in the port.
take() { # BYTES FILE
    if [ "$1" = 0 ]; then
        : >"$2"
    else
        head -c "$1" <&3 >"$2"
    fi
}

give() { # BYTES FILE
    [ "$1" = 0 ] || head -c "$1" "$2" >&3
}

echo ready >&3
while read -r script_bytes stdin_bytes <&3; do
    take "$script_bytes" "$place/script"
    take "$stdin_bytes" "$place/in"
    sh "$place/script" <"$place/in" >"$place/out" 2>"$place/err" 3>&-
    status=$?
    # What a command left in the background may write on: only what is there now is sent.
    # shellcheck disable=SC2046 # two numbers
    set -- $(stat -c %s "$place/out" "$place/err")
    echo "$status $1 $2" >&3
    give "$1" "$place/out"
    give "$2" "$place/err"
done
