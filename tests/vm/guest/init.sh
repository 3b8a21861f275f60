#!/bin/busybox sh
# shellcheck shell=dash
# Initial RAM disk: the few modules between the kernel and its disk, in the order of the list.
/bin/busybox mount -t devtmpfs dev /dev
while read -r module; do
    /bin/busybox insmod "/modules/$module"
done </modules/order
tries=100
until [ -b /dev/vda ] || [ "$tries" = 0 ]; do
    tries=$((tries - 1))
    /bin/busybox usleep 50000
done
/bin/busybox mount -t ext4 /dev/vda /root || exec /bin/busybox poweroff -f
/bin/busybox mount --move /dev /root/dev
exec /bin/busybox switch_root /root /sbin/init
