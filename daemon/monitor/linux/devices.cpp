#include "daemon/monitor/linux/devices.hpp"

#include "daemon/monitor/linux/mounts.hpp"
#include "daemon/monitor/linux/raw_call.hpp"
#include "daemon/monitor/sys.hpp"
#include "daemon/monitor/text.hpp"

#include <cerrno>

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>

namespace potd::monitor {

namespace {

struct Node {
    const char* name;
    const char* host;
    unsigned major, minor;
};

constexpr Node nodes[] = {
    {"null", "/dev/null", 1, 3},     {"zero", "/dev/zero", 1, 5},       {"full", "/dev/full", 1, 7},
    {"random", "/dev/random", 1, 8}, {"urandom", "/dev/urandom", 1, 9}, {"tty", "/dev/tty", 5, 0},
};

struct Link {
    const char* name;
    const char* text;
};

constexpr Link links[] = {
    {"fd", "/proc/self/fd"},       {"stdin", "/proc/self/fd/0"}, {"stdout", "/proc/self/fd/1"},
    {"stderr", "/proc/self/fd/2"}, {"core", "/proc/kcore"},      {"ptmx", "pts/ptmx"},
};

struct Mount {
    const char* name;
    const char* fstype;
    unsigned long flags;
    const char* data;
};

constexpr Mount mounts[] = {
    {"mqueue", "mqueue", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr},
};

/// `directory` is fresh and this process's own, so nothing can be planted in between.
long mount_below(int directory, const Mount& mount) {
    long result = raw_call(SYS_mkdirat, directory, mount.name, 0755);
    if (result < 0) return result;
    const int target = sys::open_at(directory, mount.name, O_PATH | O_DIRECTORY | O_NOFOLLOW);
    if (target < 0) return target;
    result = raw_call(SYS_fchdir, target);
    sys::close(target);
    if (result < 0) return result;
    return raw_call(SYS_mount, mount.fstype, ".", mount.fstype, mount.flags, mount.data);
}

/// The root of devpts belongs to the host's root, whoever mounts it.
long mount_terminals(int directory, const DeviceOwners& owners) {
    FixedText<64> data;
    data.add("newinstance,ptmxmode=0666,mode=0620,gid=").add_number(owners.terminals);
    const long result = mount_below(directory, {"pts", "devpts", MS_NOSUID | MS_NOEXEC, data.c_str()});
    if (result < 0 || owners.user == 0) return result;
    return raw_call(SYS_fchownat, directory, "pts", owners.user, owners.group, AT_SYMLINK_NOFOLLOW);
}

long bind_host_node(int directory, const Node& node) {
    const int target = sys::open_at(directory, node.name, O_WRONLY | O_CREAT | O_EXCL, 0666);
    if (target < 0) return target;
    const int source = sys::open_at(AT_FDCWD, node.host, O_PATH);
    const long result = source < 0 ? source : bind_over(source, target, 0, false);
    sys::close(source);
    sys::close(target);
    return result;
}

long make_node(int directory, const Node& node) {
    const unsigned device = (node.major << 8) | node.minor;
    const long result = raw_call(SYS_mknodat, directory, node.name, S_IFCHR | 0666, device);
    return result == -EPERM ? bind_host_node(directory, node) : result;
}

}  // namespace

long fill_devices(int directory, const DeviceOwners& owners) {
    for (const Node& node : nodes) {
        const long result = make_node(directory, node);
        if (result < 0) return result;
    }
    for (const Link& link : links) {
        const long result = raw_call(SYS_symlinkat, link.text, directory, link.name);
        if (result < 0) return result;
    }
    for (const Mount& mount : mounts) {
        const long result = mount_below(directory, mount);
        if (result < 0) return result;
    }
    return mount_terminals(directory, owners);
}

bool is_device(int fd, std::uint32_t major, std::uint32_t minor) {
    struct statx facts {};
    return raw_call(SYS_statx, fd, "", AT_EMPTY_PATH, STATX_TYPE, &facts) >= 0 && S_ISCHR(facts.stx_mode) &&
           facts.stx_rdev_major == major && facts.stx_rdev_minor == minor;
}

}  // namespace potd::monitor
