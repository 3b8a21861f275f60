#include "daemon/monitor/linux/restrict.hpp"

#include "daemon/monitor/linux/raw_call.hpp"

#include <cerrno>

#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/keyctl.h>
#include <linux/prctl.h>
#include <linux/seccomp.h>
#include <sys/resource.h>

namespace potd::monitor {

using platform::PlanTag;
using platform::PlanView;
using platform::Rlimit;
using platform::SecurityPart;

namespace {

struct KernelLimit {
    std::uint64_t soft, hard;
};

long set_limit(const Rlimit& limit) {
    KernelLimit wanted{limit.soft, limit.hard};
    long result = raw_call(SYS_prlimit64, 0, limit.resource, &wanted, nullptr);
    if (result != -EPERM) return result;
    KernelLimit now{};
    result = raw_call(SYS_prlimit64, 0, limit.resource, nullptr, &now);
    if (result < 0) return result;
    wanted.hard = now.hard;
    if (wanted.soft > now.hard) wanted.soft = now.hard;
    return raw_call(SYS_prlimit64, 0, limit.resource, &wanted, nullptr);
}

long drop_bounding(std::uint64_t kept) {
    for (int capability = 0; capability < 64; ++capability) {
        if ((kept >> capability & 1) != 0) continue;
        const long result = raw_call(SYS_prctl, PR_CAPBSET_DROP, capability, 0, 0, 0);
        if (result == -EINVAL) return 0;  // beyond the last one this kernel has
        if (result < 0) return result;
    }
    return 0;
}

/// Permitted and effective as given, inheritable and with it ambient empty.
long set_capabilities(std::uint64_t kept) {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct data[2]{};
    for (int word = 0; word < 2; ++word) {
        data[word].permitted = data[word].effective = static_cast<std::uint32_t>(kept >> (32 * word));
    }
    return raw_call(SYS_capset, &header, data);
}

/// The kernel refuses bits it does not know.
std::uint64_t known_capabilities(std::uint64_t wanted) {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct data[2]{};
    if (raw_call(SYS_capget, &header, data) < 0) return 0;
    return wanted & (data[0].permitted | static_cast<std::uint64_t>(data[1].permitted) << 32);
}

long change_ids(const Credentials& who) {
    long result = raw_call(SYS_setgroups, who.group_count, who.groups);
    if (result >= 0) result = raw_call(SYS_setresgid, who.gid, who.gid, who.gid);
    if (result >= 0) result = raw_call(SYS_setresuid, who.uid, who.uid, who.uid);
    return result;
}

bool load_filter(const SecurityPart& security, Fault& fault) {
    if (security.seccomp.empty()) return true;
    struct {
        unsigned short size;
        const std::byte* filter;
    } program{static_cast<unsigned short>(security.seccomp.size() / sizeof(sock_filter)),
              security.seccomp.data()};
    const long result = raw_call(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
    return result >= 0 || fail(fault, Stage::Security, result, "load the seccomp filter");
}

bool drop_rights(const SecurityPart& security, const Credentials& who, Fault& fault) {
    const std::uint64_t kept = known_capabilities(security.capabilities);
    long result = drop_bounding(kept);
    if (result < 0) return fail(fault, Stage::Security, result, "drop capabilities");
    result = change_ids(who);
    if (result < 0) return fail(fault, Stage::User, result, "change to the user");
    // Leaving uid 0 has emptied the sets already.
    if (who.uid == 0) result = set_capabilities(kept);
    if (result >= 0) result = raw_call(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    return result >= 0 || fail(fault, Stage::Security, result, "set capabilities");
}

}  // namespace

bool set_files_limit(const PlanView& plan, Fault& fault) {
    for (const auto payload : plan.of(PlanTag::Rlimit)) {
        Rlimit limit;
        if (!platform::read_rlimit(payload, limit) || limit.resource != RLIMIT_NOFILE) continue;
        const long result = set_limit(limit);
        if (result < 0) return fail(fault, Stage::Security, result, "set the limit of files");
    }
    return true;
}

bool files_of(long pid, Rlimit& files) {
    KernelLimit now{};
    if (pid <= 0 || raw_call(SYS_prlimit64, pid, RLIMIT_NOFILE, nullptr, &now) < 0) return false;
    files = {RLIMIT_NOFILE, now.soft, now.hard};
    return true;
}

bool set_rlimits(const PlanView& plan, const Rlimit* files, Fault& fault) {
    for (const auto payload : plan.of(PlanTag::Rlimit)) {
        Rlimit limit;
        if (!platform::read_rlimit(payload, limit))
            return fail(fault, Stage::Plan, 0, "a limit cannot be read");
        if (files != nullptr && limit.resource == RLIMIT_NOFILE) limit = *files;
        const long result = set_limit(limit);
        if (result < 0) return fail(fault, Stage::Security, result, "set a resource limit");
    }
    return true;
}

bool join_new_keyring(Fault& fault) {
    const long result = raw_call(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, nullptr, 0, 0, 0);
    if (result >= 0 || result == -ENOSYS) return true;  // a kernel without keys has none to hide
    return fail(fault, Stage::Security, result, "join a new keyring");
}

bool restrict_command(const SecurityPart& security, const Credentials& who, Fault& fault) {
    if (!security.no_new_privileges) {
        return load_filter(security, fault) && drop_rights(security, who, fault);
    }
    if (!drop_rights(security, who, fault)) return false;
    const long result = raw_call(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (result < 0) return fail(fault, Stage::Security, result, "set no_new_privs");
    return load_filter(security, fault);
}

bool restrict_init(Fault& fault) {
    constexpr std::uint64_t kept = std::uint64_t{1} << CAP_KILL;
    // The bounding set only matters to a process that executes something; this one never does.
    long result = set_capabilities(kept);
    if (result >= 0) result = raw_call(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    return result >= 0 || fail(fault, Stage::Security, result, "restrict the pot's init");
}

}  // namespace potd::monitor
