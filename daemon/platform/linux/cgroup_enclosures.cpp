#include "daemon/platform/linux/cgroup_enclosures.hpp"

#include "daemon/platform/linux/cgroup_wait.hpp"
#include "daemon/platform/linux/run_counters.hpp"
#include "daemon/platform/posix/unique_fd.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <sys/syscall.h>
#include <unistd.h>

namespace potd::platform {
namespace {

struct Held {
    std::int32_t pid = 0;
    UniqueFd handle;
};

/// A process that ends from here on may have its number given again, but its handle stays its own.
std::vector<Held> hold(const std::vector<std::int32_t>& pids) {
    std::vector<Held> held;
    for (const std::int32_t pid : pids) {
        UniqueFd handle(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
        if (handle) held.push_back({pid, std::move(handle)});
    }
    return held;
}

}  // namespace

/// Who is in the group is asked when the handles are there: a handle of a process that was not in it then
/// leads to one that has ended, if its number is in the group at all.
core::Status CgroupEnclosures::signal(const std::string& name, int number,
                                      const std::vector<std::int32_t>& pids) {
    const std::vector<Held> held = hold(pids);
    const std::vector<std::int32_t> inside = cgroups_.processes(name);
    bool met = false;
    for (const Held& one : held) {
        if (std::find(inside.begin(), inside.end(), one.pid) == inside.end()) continue;
        const long sent = ::syscall(SYS_pidfd_send_signal, one.handle.get(), number, nullptr, 0);
        if (sent == 0) met = true;
        if (sent != 0 && errno != ESRCH)
            return core::os_error(errno, "signal process " + std::to_string(one.pid));
    }
    return met ? core::Status{} : core::error(core::ErrorKind::NotFound, "the processes have ended");
}

core::OomFacts CgroupEnclosures::oom_facts(const std::string& name) {
    core::OomFacts facts;
    facts.victim = log_.last_victim("/" + name);
    const auto figures = RunCounters(cgroups_).figures(name);
    if (!figures) return facts;
    facts.limit = figures->memory_limit;
    facts.peak = figures->memory_peak;
    return facts;
}

std::unique_ptr<Waiting> CgroupEnclosures::wait_until_empty(const std::string& name, core::milliseconds limit,
                                                            core::Reply<void> reply) {
    const std::string unified = cgroups_.paths(name).unified;
    return wait_for_cgroup(
        loop_, unified.empty() ? unified : unified + "/cgroup.events",
        [this, name] { return !cgroups_.populated(name); }, limit, std::move(reply));
}

}  // namespace potd::platform
