#!/bin/sh
# completion.sh SHELL POTCTL: what the completion script of a shell offers, in that shell, with live names.
set -eu
shell=$1
potctl=$2
command -v "$shell" >/dev/null || {
    echo "$shell is not installed"
    exit 77
}
place=$(mktemp -d "${TMPDIR:-/tmp}/potd-completion.XXXXXX")
trap 'rm -rf -- "$place"' EXIT
mkdir "$place/bin" "$place/home"

# A potctl whose potd has two pots, a base and a context.
cat >"$place/bin/potctl" <<'END'
#!/bin/sh
case "$*" in
    '__names pots') printf 'web\nwiki\n' ;;
    '--context far __names pots') echo faraway ;;
    '--context evil __names pots') printf '%s\n' "\$(touch $HOME/hit)" "\`touch $HOME/hit\`" wax ;;
    '__names bases') echo bookworm ;;
    '__names contexts') echo far ;;
esac
END
chmod +x "$place/bin/potctl"
"$potctl" completion "$shell" >"$place/script"
export HOME="$place/home" PATH="$place/bin:$PATH"

# offered WORD...: one offer a line for the last of these words, which may be empty.
offered() {
    case $shell in
        bash)
            # shellcheck disable=SC2016 # for the other shell
            bash -c '. "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _potctl; printf "%s\n" "${COMPREPLY[@]}"' \
                "$place/script" "$@"
            ;;
        zsh)
            # shellcheck disable=SC2016 # as above
            zsh -f -c 'compdef() { :; }
                compadd() { [ "$1" = -- ] && shift; local each; for each; do [[ $each == ${words[CURRENT]}* ]] && print -r -- $each; done; return 0; }
                . "$0"; words=("$@"); CURRENT=$#; _potctl' "$place/script" "$@"
            ;;
        fish)
            # shellcheck disable=SC2016 # as above
            fish --no-config -c 'source $argv[1]; complete -C "$argv[2..]"' "$place/script" "$@" | cut -f 1
            ;;
    esac
}

failed=0
# expect NAME OFFER WORD...: OFFER is among what is offered.
expect() {
    name=$1 offer=$2
    shift 2
    if offered "$@" | grep -qxF -e "$offer"; then
        echo "passed $name" >>"$place/cases"
    else
        echo "$shell: $name: '$offer' is not offered for '$*' but: $(offered "$@" | tr '\n' ' ')"
        echo "failed $name" >>"$place/cases"
        failed=1
    fi
}

expect commands start potctl st
expect pots wiki potctl start w
expect options --snapshot-volumes potctl start --s
expect bases bookworm potctl create -b b
expect choices yaml potctl list --format y
expect behind_leading web potctl --token-file f --cacert ca.pem start w
expect of_the_context faraway potctl --context far start f
expect of_the_context_behind faraway potctl start --context far f
expect leading_contexts far potctl --context f
expect contexts far potctl ps --context f
expect verbs metrics potctl system m
expect context_verbs remove potctl context r
expect new_commands apply potctl ap
# What a potd elsewhere calls its pots is run by nobody.
expect hostile_names wax potctl --context evil start w
if [ -e "$HOME/hit" ]; then
    echo "$shell: a name was run as a command"
    failed=1
fi
[ -z "${POTD_TEST_RESULTS:-}" ] || cp "$place/cases" "$POTD_TEST_RESULTS/potctl_completion_$shell.cases"
exit $failed
