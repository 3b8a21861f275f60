#!/bin/sh
# Brings a pot on a Debian base to the newest packages of its release. Wants the network.
set -eu

if ! command -v apt-get >/dev/null 2>&1; then
    echo "debian-update: there is no apt-get in this pot; for FreeBSD there is fbsd-update" >&2
    exit 1
fi
export DEBIAN_FRONTEND=noninteractive
# No service is to be started by an upgrade; what was there comes back, however this ends.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    trap 'rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
fi
apt-get update
apt-get -y -o Dpkg::Options::=--force-confold dist-upgrade
apt-get -y autoremove
apt-get clean
