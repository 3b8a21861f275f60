#!/bin/sh
# image.sh DIR [PACKAGE...] : a small Debian with systemd for qemu, in DIR: vmlinuz, initrd, disk.img.
#
# Of the machine's own release, from where its apt gets packages, so that programs built here run there. PACKAGE is
# what it has besides what is listed below. Nothing is mounted here but a /proc in a namespace. What was made of the
# same inputs stays; DIR/debs keeps the packages.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
dir=${1:?where to}
shift

# The userland that pots on the base "host" show, and what the system tests call.
userland='systemd-sysv dbus udev kmod iproute2 nftables procps passwd bash busybox-static e2fsprogs btrfs-progs'
disk_size=2G
# The way from the kernel to its disk, and the agent's port.
boot_modules='virtio_blk virtio_pci virtio_console'

say() {
    printf '==> %s\n' "$*"
}

# logged COMMAND... : its output is shown when it fails.
logged() {
    "$@" >"$work/log" 2>&1 || {
        tail -n 50 "$work/log"
        exit 1
    }
}

inputs() {
    printf '%s\n' "$userland $*"
    cat "$here/image.sh" "$here"/guest/*
}

# Resolved by apt as for a machine on which nothing is installed yet.
apt_from_nothing() {
    apt-get -q -y -o Dir::State::status="$work/status" -o Dir::State::extended_states="$work/extended" \
        -o Dir::Cache::archives="$dir/debs" -o APT::Install-Recommends=false -o APT::Sandbox::User=root \
        -o Debug::NoLocking=1 "$@"
}

# The files of a transaction; apt writes the colon of an epoch as %3a.
files_of() {
    apt_from_nothing --simulate install "$@" | sed -n 's/^Inst \([^ ]*\) (\([^ ]*\) .*/\1_\2/p' | sed 's/:/%3a/' |
        while read -r name; do
            (cd "$dir/debs" && ls "$name"_*.deb)
        done
}

# shellcheck disable=SC2086 # names are words without blanks
download() {
    say "packages"
    mkdir -p "$dir/debs/partial"
    : >"$work/status"
    logged apt_from_nothing --download-only install '?essential' $userland "$@"
    files_of '?essential' >"$work/essential"
    files_of '?essential' $userland "$@" >"$work/all"
    kernel=$(apt-cache depends linux-image-cloud-amd64 | sed -n 's/^ *Depends: \(linux-image-.*\)/\1/p')
    cd "$work" # the name is told where the file is not
    kernel_file=$dir/debs/$(apt-get -q download --print-uris "$kernel" | cut -d' ' -f2)
    cd "$dir/debs"
    logged apt-get -q download "$kernel"
    cd "$here"
}

in_root() {
    unshare --mount --pid --fork --mount-proc="$root/proc" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 \
        DEBIAN_FRONTEND=noninteractive chroot "$root" "$@"
}

# The essential packages, unpacked by hand, can then install themselves and the others.
install_packages() {
    say "installing $(wc -l <"$work/all") packages"
    for name in proc dev etc/dpkg/dpkg.cfg.d var/lib/dpkg debs; do
        mkdir -p "$root/$name"
    done
    printf 'path-exclude=%s\n' '/usr/share/doc/*' '/usr/share/locale/*' '/usr/share/man/*' '/usr/share/info/*' \
        >"$root/etc/dpkg/dpkg.cfg.d/small"
    printf 'force-unsafe-io\n' >"$root/etc/dpkg/dpkg.cfg.d/quick"
    mknod -m 666 "$root/dev/null" c 1 3
    while read -r file; do
        dpkg-deb --fsys-tarfile "$dir/debs/$file" | tar -x -C "$root" --keep-directory-symlink
    done <"$work/essential"
    while read -r file; do
        ln "$dir/debs/$file" "$root/debs/$file"
    done <"$work/all"
    : >"$root/var/lib/dpkg/status"
    # shellcheck disable=SC2046
    logged in_root dpkg --install --force-depends $(sed 's|^|/debs/|' "$work/essential")
    logged in_root sh -c 'dpkg --install --force-depends --skip-same-version /debs/*.deb'
    rm -r "$root/debs"
}

install_kernel() {
    say "kernel"
    mkdir "$work/kernel"
    dpkg-deb --fsys-tarfile "$kernel_file" | tar -x -C "$work/kernel" --exclude='./usr/share'
    version=${kernel#linux-image-}
    cp "$work/kernel/boot/vmlinuz-$version" "$work/vmlinuz"
    rm -r "$work/kernel/lib/modules/$version/kernel/drivers/net/ethernet"
    mkdir -p "$root/lib/modules"
    mv "$work/kernel/lib/modules/$version" "$root/lib/modules/"
    in_root depmod "$version"
}

# The files of a module and of what it needs, each after what it needs.
module_files() {
    in_root modprobe --set-version "$version" --show-depends "$1" | sed -n 's/^insmod \([^ ]*\).*/\1/p'
}

make_initrd() {
    say "initial RAM disk"
    ram=$work/ram
    mkdir -p "$ram/bin" "$ram/dev" "$ram/root" "$ram/modules"
    cp "$(command -v busybox)" "$ram/bin/busybox"
    for module in $boot_modules; do
        module_files "$module"
    done | awk '!seen[$0]++' >"$work/modules"
    while read -r file; do
        cp "$root$file" "$ram/modules/"
        basename "$file" >>"$ram/modules/order"
    done <"$work/modules"
    install -m 755 "$here/guest/init.sh" "$ram/init"
    (cd "$ram" && find . | busybox cpio -o -H newc 2>/dev/null) | gzip -1 >"$work/initrd"
}

configure() {
    say "settings"
    echo 'vm' >"$root/etc/hostname"
    printf '127.0.0.1 localhost vm\n::1 localhost\n' >"$root/etc/hosts"
    printf '/dev/vda / ext4 defaults 0 1\n' >"$root/etc/fstab"
    # With an id of its own systemd does not take this for the first boot of all.
    echo 00000000000000000000000000000001 >"$root/etc/machine-id"
    for name in agent port writer; do
        install -m 755 "$here/guest/$name.sh" "$root/usr/local/sbin/vm-$name"
    done
    install -m 644 "$here/guest/vm-agent.service" "$root/etc/systemd/system/vm-agent.service"
    in_root systemctl -q enable vm-agent.service
    # Nobody logs in.
    in_root systemctl -q mask getty.target serial-getty@ttyS0.service apt-daily.timer apt-daily-upgrade.timer \
        dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service fstrim.timer
    rm -rf "$root/var/cache/apt" "$root/var/lib/apt/lists"
}

make_disk() {
    say "disk"
    truncate -s "$disk_size" "$work/disk.img"
    mkfs.ext4 -q -d "$root" -E lazy_itable_init=1,lazy_journal_init=1 "$work/disk.img"
}

make_image() {
    root=$work/tree
    mkdir "$root"
    download "$@"
    install_packages
    install_kernel
    make_initrd
    configure
    make_disk
    for name in vmlinuz initrd disk.img; do
        mv "$work/$name" "$dir/$name"
    done
}

mkdir -p "$dir"
# Of a run or a test that was killed.
rm -rf -- "$dir"/work.* "$dir"/potd-vm*
wanted=$(inputs "$@" | sha256sum)
if [ -f "$dir/inputs" ] && [ "$(cat "$dir/inputs")" = "$wanted" ]; then
    say "the image is there"
    exit 0
fi
rm -f "$dir/inputs"
work=$(mktemp -d "$dir/work.XXXXXX")
trap 'rm -rf -- "$work"' EXIT
trap 'exit 1' INT TERM HUP
make_image "$@"
printf '%s\n' "$wanted" >"$dir/inputs"
say "image: $(du -sm "$dir/disk.img" | cut -f1) MB in use"
