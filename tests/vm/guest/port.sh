#!/bin/sh
# vm-port NAME : the device of a virtio port. The kernel's name for it depends on the order of the machine's devices.
set -eu
for port in /sys/class/virtio-ports/*; do
    [ "$(cat "$port/name")" != "$1" ] || echo "/dev/${port##*/}"
done
