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
    "--url https://far.example:9766 --token-file $HOME/a token __names pots") echo remote ;;
    '--url=https://far.example:9766 __names pots') echo remote ;;
    '--token-file f --cacert ca.pem __names pots') echo guarded ;;
    '--context far __names pots') echo faraway ;;
    '--context evil __names pots') printf '%s\n' "\$(touch $HOME/hit)" "\`touch $HOME/hit\`" wax ;;
    '__names bases') echo bookworm ;;
    '__names contexts') echo far ;;
esac
END
chmod +x "$place/bin/potctl"
"$potctl" completion "$shell" >"$place/script"
export HOME="$place/home" PATH="$place/bin:$PATH"

# offered WORD...: one offer a line for the last of these words, which may be empty. Bash splits them at ':' and '=' first.
offered() {
    case $shell in
        bash)
            # shellcheck disable=SC2016 # for the other shell
            quotes="\"'" bash -c '. "$0"; COMP_LINE=$*; COMP_WORDS=()
                split() {
                    local rest=$1
                    while [[ $rest != [$quotes]* && $rest =~ ^([^:=]*)([:=]+)(.*)$ ]]; do
                        [[ -z ${BASH_REMATCH[1]} ]] || COMP_WORDS+=("${BASH_REMATCH[1]}")
                        COMP_WORDS+=("${BASH_REMATCH[2]}")
                        rest=${BASH_REMATCH[3]}
                        [[ -n $rest ]] || return
                    done
                    COMP_WORDS+=("$rest")
                }
                for word; do split "$word"; done
                COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _potctl; printf "%s\n" "${COMPREPLY[@]}"' \
                "$place/script" "$@"
            ;;
        zsh)
            # shellcheck disable=SC2016 # as above
            zsh -f -c 'compdef() { :; }
                compset() { words[CURRENT]=${words[CURRENT]#*=}; }
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
expect behind_leading guarded potctl --token-file f --cacert ca.pem start g
expect behind_url start potctl --url https://far.example:9766 st
expect behind_url_and_equals start potctl --url=https://far.example:9766 st
expect options_behind_url --snapshot-volumes potctl --url "https://[::1]:9766" start --s
expect of_the_url remote potctl --url https://far.example:9766 --token-file "'$HOME/a token'" start r
expect of_the_url_behind remote potctl start --url=https://far.example:9766 r
expect not_of_the_command web potctl exec web -- --url x w
case $shell in
    fish) expect choices_behind_equals --format=yaml potctl list --format=y ;;
    *) expect choices_behind_equals yaml potctl list --format=y ;;
esac
expect of_the_context faraway potctl --context far start f
expect of_the_context_behind faraway potctl start --context far f
expect leading_contexts far potctl --context f
expect contexts far potctl ps --context f
expect verbs metrics potctl system m
expect context_verbs remove potctl context r
expect new_commands apply potctl ap
mkdir -p "$HOME" && : >"$HOME/a token"
[ "$shell" != bash ] || expect files_with_blanks "$HOME/a token" potctl start --token-file "$HOME/a"
# What a potd elsewhere calls its pots is run by nobody.
expect hostile_names wax potctl --context evil start w
if [ -e "$HOME/hit" ]; then
    echo "$shell: a name was run as a command"
    failed=1
fi
[ -z "${POTD_TEST_RESULTS:-}" ] || cp "$place/cases" "$POTD_TEST_RESULTS/potctl_completion_$shell.cases"
exit $failed
