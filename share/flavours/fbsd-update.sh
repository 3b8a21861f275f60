#!/bin/sh
# Brings a pot on a FreeBSD base to the newest patch level of its release, as pot's flavour of that name.
# Wants the network.
set -eu

if [ "$(uname -s)" != FreeBSD ]; then
    echo "fbsd-update: this pot is not on FreeBSD; for Debian there is debian-update" >&2
    exit 1
fi
# Without a terminal "fetch" refuses to run by hand; there is no kernel here to be updated.
sed -i '' -e 's/^Components .*/Components world/' /etc/freebsd-update.conf
PAGER="cat" freebsd-update --not-running-from-cron fetch
# It exits 2 when there is nothing to install.
status=0
PAGER="cat" freebsd-update --not-running-from-cron install || status=$?
[ "$status" -eq 0 ] || [ "$status" -eq 2 ] || exit "$status"
rm -rf /var/db/freebsd-update/*
