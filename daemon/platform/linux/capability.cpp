#include "daemon/platform/linux/capability.hpp"

#include <array>

#include <linux/capability.h>

namespace potd::platform {
namespace {

struct Named {
    std::string_view name;
    int number;
};

constexpr std::array capabilities{
    Named{"CHOWN", CAP_CHOWN},
    Named{"DAC_OVERRIDE", CAP_DAC_OVERRIDE},
    Named{"DAC_READ_SEARCH", CAP_DAC_READ_SEARCH},
    Named{"FOWNER", CAP_FOWNER},
    Named{"FSETID", CAP_FSETID},
    Named{"KILL", CAP_KILL},
    Named{"SETGID", CAP_SETGID},
    Named{"SETUID", CAP_SETUID},
    Named{"SETPCAP", CAP_SETPCAP},
    Named{"LINUX_IMMUTABLE", CAP_LINUX_IMMUTABLE},
    Named{"NET_BIND_SERVICE", CAP_NET_BIND_SERVICE},
    Named{"NET_BROADCAST", CAP_NET_BROADCAST},
    Named{"NET_ADMIN", CAP_NET_ADMIN},
    Named{"NET_RAW", CAP_NET_RAW},
    Named{"IPC_LOCK", CAP_IPC_LOCK},
    Named{"IPC_OWNER", CAP_IPC_OWNER},
    Named{"SYS_MODULE", CAP_SYS_MODULE},
    Named{"SYS_RAWIO", CAP_SYS_RAWIO},
    Named{"SYS_CHROOT", CAP_SYS_CHROOT},
    Named{"SYS_PTRACE", CAP_SYS_PTRACE},
    Named{"SYS_PACCT", CAP_SYS_PACCT},
    Named{"SYS_ADMIN", CAP_SYS_ADMIN},
    Named{"SYS_BOOT", CAP_SYS_BOOT},
    Named{"SYS_NICE", CAP_SYS_NICE},
    Named{"SYS_RESOURCE", CAP_SYS_RESOURCE},
    Named{"SYS_TIME", CAP_SYS_TIME},
    Named{"SYS_TTY_CONFIG", CAP_SYS_TTY_CONFIG},
    Named{"MKNOD", CAP_MKNOD},
    Named{"LEASE", CAP_LEASE},
    Named{"AUDIT_WRITE", CAP_AUDIT_WRITE},
    Named{"AUDIT_CONTROL", CAP_AUDIT_CONTROL},
    Named{"SETFCAP", CAP_SETFCAP},
    Named{"MAC_OVERRIDE", CAP_MAC_OVERRIDE},
    Named{"MAC_ADMIN", CAP_MAC_ADMIN},
    Named{"SYSLOG", CAP_SYSLOG},
    Named{"WAKE_ALARM", CAP_WAKE_ALARM},
    Named{"BLOCK_SUSPEND", CAP_BLOCK_SUSPEND},
    Named{"AUDIT_READ", CAP_AUDIT_READ},
    Named{"PERFMON", CAP_PERFMON},
    Named{"BPF", CAP_BPF},
    Named{"CHECKPOINT_RESTORE", CAP_CHECKPOINT_RESTORE},
};

constexpr std::array<std::string_view, 14> given_by_default{
    "AUDIT_WRITE",      "CHOWN",   "DAC_OVERRIDE", "FOWNER", "FSETID",  "KILL",   "MKNOD",
    "NET_BIND_SERVICE", "NET_RAW", "SETFCAP",      "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"};

CapabilityMask all() {
    CapabilityMask mask = 0;
    for (const Named& named : capabilities) mask |= CapabilityMask{1} << named.number;
    return mask;
}

/// The union of a list; `field` is where it stands in the spec.
core::Result<CapabilityMask> mask_of(const std::vector<std::string>& names, const std::string& field) {
    CapabilityMask mask = 0;
    for (std::size_t at = 0; at < names.size(); ++at) {
        const CapabilityMask bit = names[at] == "ALL" ? all() : capability_bit(names[at]);
        if (bit == 0) {
            return core::invalid_field(field + "[" + std::to_string(at) + "]", names[at],
                                       "the name of a capability without CAP_, or ALL");
        }
        mask |= bit;
    }
    return mask;
}

}  // namespace

CapabilityMask capability_bit(std::string_view name) {
    for (const Named& named : capabilities) {
        if (named.name == name) return CapabilityMask{1} << named.number;
    }
    return 0;
}

CapabilityMask default_capabilities() {
    CapabilityMask mask = 0;
    for (const auto name : given_by_default) mask |= capability_bit(name);
    return mask;
}

core::Result<CapabilityMask> capability_set(const std::vector<std::string>& add,
                                            const std::vector<std::string>& drop) {
    auto added = mask_of(add, "security.capabilities.add");
    if (!added) return added;
    auto dropped = mask_of(drop, "security.capabilities.drop");
    if (!dropped) return dropped;
    return (default_capabilities() & ~dropped.value()) | added.value();
}

}  // namespace potd::platform
