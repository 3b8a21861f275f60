#include "daemon/platform/linux/cgroup_hook_groups.hpp"

#include "daemon/platform/linux/cgroup_files.hpp"
#include "daemon/platform/linux/hook_start.hpp"
#include "daemon/platform/posix/file.hpp"
#include "daemon/platform/posix/text.hpp"

#include <algorithm>
#include <cerrno>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace potd::platform {
namespace {

constexpr core::milliseconds group_patience{10'000};
constexpr std::int64_t longest_look_ms = 50, shortest_look_ms = 1;

/// The group and those below it, which a hook may have made.
std::vector<std::string> with_groups_below(const std::string& directory) {
    std::vector<std::string> all{directory};
    for (std::size_t at = 0; at < all.size(); ++at) {
        for (const std::string& child : child_groups(all[at])) all.push_back(all[at] + "/" + child);
    }
    return all;
}

/// Waits until one of the group's processes ends, or for `limit_ms`.
void wait_for_an_end(const std::string& directory, std::int64_t limit_ms) {
    std::vector<UniqueFd> processes;
    std::vector<pollfd> polled;
    for (const std::string& group : with_groups_below(directory)) {
        for (const std::int32_t pid : read_processes(group)) {
            UniqueFd process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
            if (!process) continue;
            polled.push_back({process.get(), POLLIN, 0});
            processes.push_back(std::move(process));
        }
    }
    // One that has ended leaves its group a moment later.
    const std::int64_t limit = polled.empty() ? std::min(limit_ms, shortest_look_ms) : limit_ms;
    (void)::poll(polled.data(), polled.size(), static_cast<int>(limit));
}

bool potd_is_spared() {
    const auto score = read_file("/proc/self/oom_score_adj");
    return score && parse_number(score.value()).value_or(0) < 0;
}

}  // namespace

CgroupHookGroups::CgroupHookGroups(const CgroupLayout& layout, const std::string& instance, int potmon,
                                   Loop loop)
    : loop_(loop),
      null_(::open("/dev/null", O_RDWR | O_CLOEXEC)),
      potmon_(potmon),
      lift_oom_score_(potd_is_spared()) {
    const auto freezer = layout.v1.find("freezer");
    unified_ = !layout.unified.empty();
    freezer_ = !unified_ && freezer != layout.v1.end();
    std::string hierarchy = layout.unified;
    if (freezer_) hierarchy = freezer->second;
    if (hierarchy.empty() && !layout.v1.empty()) hierarchy = layout.v1.begin()->second;
    if (!hierarchy.empty()) top_ = hierarchy + "/potd-hooks." + instance;
}

CgroupHookGroups::~CgroupHookGroups() {
    waits_.clear();
    if (top_.empty()) return;
    // What will not die keeps the group; the next start tries again.
    (void)sweep();
    ::rmdir(top_.c_str());
}

core::Status CgroupHookGroups::prepare() {
    if (top_.empty()) {
        return core::error(core::ErrorKind::Unsupported, "this machine has no control groups mounted");
    }
    if (!null_) return core::error(core::ErrorKind::Unavailable, "/dev/null cannot be opened");
    return make_directory(top_);
}

core::Result<UniqueFd> CgroupHookGroups::make(const std::string& directory) const {
    if (::mkdir(directory.c_str(), 0755) != 0) {
        // Processes of a hook of this name that would not die.
        const int cause = errno;
        const bool removed = cause == EEXIST && remove_group(directory);
        if (!removed || ::mkdir(directory.c_str(), 0755) != 0)
            return core::os_error(cause, "make cgroup " + directory);
    }
    const std::string file = unified_ ? directory : directory + "/cgroup.procs";
    UniqueFd group(::open(file.c_str(), unified_ ? O_PATH | O_DIRECTORY | O_CLOEXEC : O_WRONLY | O_CLOEXEC));
    if (!group) return core::os_error(errno, "open " + file);
    return group;
}

core::Result<StartedHook> CgroupHookGroups::start(const std::string& name, const HookProgram& program) {
    const std::string place = directory(name);
    const auto group = make(place);
    if (!group) return group.error();
    auto started = start_hook(program, {group->get(), unified_, null_.get(), potmon_, lift_oom_score_});
    if (!started) ::rmdir(place.c_str());
    return started;
}

bool CgroupHookGroups::remove(const std::string& name) {
    return remove_group(directory(name)).ok();
}

core::Status CgroupHookGroups::kill(const std::string& directory) const {
    if (unified_) {
        auto killed = write_existing(directory + "/cgroup.kill", "1");
        if (!killed && killed.error().kind == core::ErrorKind::NotFound) return {};
        return killed;
    }
    for (const std::string& group : with_groups_below(directory)) {
        auto killed = freezer_ ? kill_frozen(group) : kill_listed(group);
        if (!killed) return killed;
    }
    return {};
}

void CgroupHookGroups::clear(const std::string& name, core::Reply<void> reply) {
    const std::string place = directory(name);
    if (auto killed = kill(place); !killed) {
        return loop_.executor.post([reply, killed] { reply(killed); });
    }
    const std::uint64_t id = ++last_wait_;
    const auto gone = [this, place] {
        if (remove_group(place)) return true;
        // v1 kills by list: what was born meanwhile is on the next one.
        return !unified_ && !kill(place);
    };
    // No file to watch: the last process is out of the group a moment after it is said to be empty.
    waits_[id] = wait_for_cgroup(loop_, "", gone, group_patience,
                                 [this, id, place, reply](const core::Status& waited) {
                                     const auto wait = std::move(waits_[id]);
                                     waits_.erase(id);
                                     reply(waited ? remove_group(place) : waited);
                                 });
}

core::Status CgroupHookGroups::remove_now(const std::string& directory, core::SteadyTime deadline) const {
    while (true) {
        const core::Status removed = remove_group(directory);
        if (removed) return {};
        const std::int64_t left = deadline.ms - loop_.clock.steady().ms;
        if (left <= 0)
            return core::error(core::ErrorKind::Timeout, directory + ": " + removed.error().message);
        if (auto killed = kill(directory); !killed) return killed;
        wait_for_an_end(directory, std::min(left, longest_look_ms));
    }
}

core::Status CgroupHookGroups::sweep() {
    const std::vector<std::string> names = child_groups(top_);
    core::Status result;
    for (const std::string& name : names) {
        if (auto killed = kill(directory(name)); !killed && result) result = std::move(killed);
    }
    const core::SteadyTime deadline = loop_.clock.steady().plus(group_patience);
    for (const std::string& name : names) {
        auto removed = remove_now(directory(name), deadline);
        if (!removed && result) result = std::move(removed).in("left by hook " + name);
    }
    return result;
}

}  // namespace potd::platform
