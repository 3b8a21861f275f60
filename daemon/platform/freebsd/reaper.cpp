#include "daemon/platform/freebsd/reaper.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

#include <sys/param.h>
// after sys/param.h
#include <sys/procctl.h>
#include <sys/sysctl.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

namespace potd::platform {
namespace {

constexpr unsigned most_descendants = 65536;

/// All that descends from this process. More may be born meanwhile: whoever kills looks again.
core::Result<std::vector<procctl_reaper_pidinfo>> all_descendants() {
    procctl_reaper_status status{};
    if (::procctl(P_PID, ::getpid(), PROC_REAP_STATUS, &status) != 0)
        return core::os_error(errno, "procctl PROC_REAP_STATUS");
    // The kernel would tell of the descendants of another.
    if ((status.rs_flags & REAPER_STATUS_OWNED) == 0) return std::vector<procctl_reaper_pidinfo>();
    std::vector<procctl_reaper_pidinfo> found(std::min(status.rs_descendants + 32, most_descendants));
    procctl_reaper_pids wanted{};
    wanted.rp_count = static_cast<unsigned>(found.size());
    wanted.rp_pids = found.data();
    if (::procctl(P_PID, ::getpid(), PROC_REAP_GETPIDS, &wanted) != 0)
        return core::os_error(errno, "procctl PROC_REAP_GETPIDS");
    std::erase_if(found, [](const auto& one) { return (one.pi_flags & REAPER_PIDINFO_VALID) == 0; });
    return found;
}

bool is_zombie(pid_t pid) {
    std::array<int, 4> name{CTL_KERN, KERN_PROC, KERN_PROC_PID, pid};
    kinfo_proc about{};
    std::size_t size = sizeof about;
    return ::sysctl(name.data(), name.size(), &about, &size, nullptr, 0) == 0 && size == sizeof about &&
           about.ki_stat == SZOMB;
}

}  // namespace

core::Status become_reaper() {
    if (::procctl(P_PID, ::getpid(), PROC_REAP_ACQUIRE, nullptr) == 0 || errno == EBUSY) return {};
    return core::os_error(errno, "procctl PROC_REAP_ACQUIRE");
}

core::Result<std::vector<pid_t>> descendants_of(pid_t root) {
    auto all = all_descendants();
    if (!all) return std::move(all).error();
    std::vector<pid_t> living;
    for (const procctl_reaper_pidinfo& one : *all) {
        if (one.pi_subtree == root && !is_zombie(one.pi_pid)) living.push_back(one.pi_pid);
    }
    return living;
}

core::Status kill_descendants(pid_t root) {
    procctl_reaper_kill order{};
    order.rk_sig = SIGKILL;
    order.rk_flags = REAPER_KILL_SUBTREE;
    order.rk_subtree = root;
    if (::procctl(P_PID, ::getpid(), PROC_REAP_KILL, &order) == 0 || errno == ESRCH) return {};
    return core::os_error(errno, "procctl PROC_REAP_KILL");
}

void reap_orphans() {
    const auto all = all_descendants();
    if (!all) return;  // the next call looks again
    for (const procctl_reaper_pidinfo& one : *all) {
        const bool ours = (one.pi_flags & REAPER_PIDINFO_CHILD) != 0 && one.pi_pid != one.pi_subtree;
        if (ours && is_zombie(one.pi_pid)) static_cast<void>(::waitpid(one.pi_pid, nullptr, WNOHANG));
    }
}

}  // namespace potd::platform
