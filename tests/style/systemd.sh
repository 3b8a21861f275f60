#!/bin/sh
# The unit as installed: known keys (systemd-analyze), and the lines without which a restart of potd
# would take the pots down.
set -eu
unit_in=$1/systemd/potd.service.in
for line in KillMode=process Delegate=yes RuntimeDirectoryPreserve=yes Restart=on-failure; do
    grep -qx "$line" "$unit_in" || { echo "potd.service.in: wants $line"; exit 1; }
done
grep -q '^ExecStop=.*stopping.*potctl system shutdown --stop-pots' "$unit_in" ||
    { echo "potd.service.in: wants an ExecStop that stops the pots when the machine goes down"; exit 1; }
command -v systemd-analyze >/dev/null || { echo "skipped: systemd-analyze is not installed"; exit 77; }
folder=$(mktemp -d "${TMPDIR:-/tmp}/potd-unit.XXXXXX")
trap 'rm -rf -- "$folder"' EXIT
# A program that exists stands for potd, which need not be installed here.
sed "s|@POTD_SBINDIR@/potd|/bin/true|" "$unit_in" >"$folder/potd.service"
said=$(systemd-analyze verify --man=no "$folder/potd.service" 2>&1) || { printf '%s\n' "$said"; exit 1; }
if printf '%s\n' "$said" | grep -F potd.service; then
    exit 1
fi
