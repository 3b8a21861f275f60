#!/bin/sh
# content.sh CMAKE BUILD: installs into an empty folder; exactly the expected files come, and they are good.
set -eu
cmake=$1
build=$2
place=$(mktemp -d "${TMPDIR:-/tmp}/potd-install.XXXXXX")
trap 'rm -rf -- "$place"' EXIT

install_here() {
    DESTDIR=$place "$cmake" --install "$build" --prefix /usr >"$place.log" 2>&1 || {
        cat "$place.log"
        exit 1
    }
    rm -f -- "$place.log"
}

expected() {
    cat <<'END'
/etc/potd/potd.yaml
/usr/bin/potctl
/usr/lib/systemd/system/potd.service
/usr/libexec/potd/potmon
/usr/sbin/potd
/usr/share/bash-completion/completions/potctl
/usr/share/doc/potd/CHANGELOG.md
/usr/share/doc/potd/README.md
/usr/share/doc/potd/copyright
/usr/share/fish/vendor_completions.d/potctl.fish
/usr/share/man/man1/potctl.1
/usr/share/man/man5/potd.yaml.5
/usr/share/man/man8/potd.8
/usr/share/man/man8/potmon.8
/usr/share/potd/flavours/debian-update.sh
/usr/share/potd/flavours/fbsd-update.sh
/usr/share/potd/flavours/slim.sh
/usr/share/potd/grafana/potd.json
/usr/share/potd/openapi.yaml
/usr/share/potd/potd.yaml.sample
/usr/share/potd/prometheus/alerts.yml
/usr/share/potd/prometheus/scrape.yml
/usr/share/zsh/vendor-completions/_potctl
END
}

failed=0
complain() {
    echo "package: $*"
    failed=1
}

install_here
expected | LC_ALL=C sort >"$place/expected"
(cd "$place" && find ./etc ./usr ! -type d | sed 's/^\.//' | LC_ALL=C sort) >"$place/found"
diff "$place/expected" "$place/found" || complain "other files than expected (< missing, > too many)"
while read -r file; do
    [ -s "$place$file" ] || complain "$file is empty"
done <"$place/expected"

grep -qx "ExecStart=/usr/sbin/potd --foreground" "$place/usr/lib/systemd/system/potd.service" ||
    complain "the unit does not start /usr/sbin/potd"
for program in usr/bin/potctl usr/sbin/potd usr/libexec/potd/potmon; do
    [ -x "$place/$program" ] || complain "$program cannot be executed"
done
"$place/usr/sbin/potd" --check-config --config "$place/etc/potd/potd.yaml" >"$place/said" 2>&1 ||
    complain "the configuration is not good: $(cat "$place/said")"
for shell in bash zsh fish; do
    command -v "$shell" >/dev/null || continue
    for file in usr/share/bash-completion/completions/potctl usr/share/zsh/vendor-completions/_potctl \
        usr/share/fish/vendor_completions.d/potctl.fish; do
        case $shell:$file in
            bash:*/bash-completion/* | zsh:*/zsh/* | fish:*/fish/*) ;;
            *) continue ;;
        esac
        "$shell" -n "$place/$file" || complain "$file: $shell does not read it"
    done
done
for file in bash-completion/completions/potctl zsh/vendor-completions/_potctl fish/vendor_completions.d/potctl.fish; do
    grep -q create-base "$place/usr/share/$file" || complain "$file knows no create-base"
done

# What an administrator wrote stays.
echo "instance: mine" >"$place/etc/potd/potd.yaml"
install_here
grep -qx "instance: mine" "$place/etc/potd/potd.yaml" || complain "a second install replaced potd.yaml"
exit "$failed"
