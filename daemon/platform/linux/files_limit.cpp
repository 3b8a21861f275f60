#include "daemon/platform/linux/files_limit.hpp"

#include "core/model/limits.hpp"
#include "daemon/platform/linux/cgroup_files.hpp"
#include "daemon/platform/linux/counter_directory.hpp"
#include "daemon/platform/linux/plan_builder.hpp"
#include "daemon/platform/linux/process_stat.hpp"
#include "daemon/platform/posix/process_identity.hpp"
#include "daemon/platform/posix/text.hpp"

#include <algorithm>
#include <cerrno>
#include <optional>
#include <string_view>

#include <sys/resource.h>

namespace potd::platform {
namespace {

using Bounds = FilesLimit::Bounds;

constexpr const char* files_field = "limits.files";

std::uint64_t bound_of(std::string_view word) {
    const auto number = parse_number(word);
    return number ? static_cast<std::uint64_t>(*number) : RLIM_INFINITY;  // "unlimited"
}

/// "Max open files   1024   524288   files". Asking prlimit(2) would need a right over other users'
/// processes.
std::optional<Bounds> parse_files(std::string_view limits) {
    constexpr std::string_view key = "Max open files ";
    while (!limits.empty()) {
        std::string_view line = take_line(limits);
        if (!line.starts_with(key)) continue;
        line.remove_prefix(key.size());
        const std::string_view soft = take_word(line);
        return Bounds{bound_of(soft), bound_of(take_word(line))};
    }
    return std::nullopt;
}

struct Found {
    core::ProcessIdentity process;
    Bounds bounds;
};

/// Nothing if it has ended.
std::optional<Found> look_at(std::int32_t pid) {
    CounterBuffer buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled by reads
    const CounterDirectory directory(("/proc/" + std::to_string(pid)).c_str(), buffer);
    const auto stat = parse_process_stat(directory.read("stat"));
    if (!stat) return std::nullopt;
    const auto bounds = parse_files(directory.read("limits"));
    if (!bounds) return std::nullopt;
    return Found{{pid, stat->start_time}, *bounds};
}

/// False if it has ended.
core::Result<bool> put(const core::ProcessIdentity& process, const Bounds& bounds) {
    if (!is_alive(process)) return false;
    const rlimit64 limit{bounds.soft, bounds.hard};
    if (::prlimit64(process.pid, RLIMIT_NOFILE, &limit, nullptr) == 0) return true;
    if (errno == ESRCH) return false;
    if (errno != EPERM) return core::os_error(errno, "limits.files: prlimit " + std::to_string(process.pid));
    core::Error refused =
        core::error(core::ErrorKind::Unsupported,
                    std::string(files_field) + ": '" + std::to_string(bounds.hard) +
                        "' is not valid while the pot runs, as CAP_SYS_RESOURCE is missing: "
                        "without it no limit is raised, and none of other users' processes "
                        "is lowered");
    refused.field = files_field;
    return refused;
}

void list_below(const std::string& directory, std::vector<std::int32_t>& pids) {
    const auto here = read_processes(directory);
    pids.insert(pids.end(), here.begin(), here.end());
    for (const std::string& child : child_groups(directory))
        list_below(std::string(directory).append("/").append(child), pids);
}

}  // namespace

Bounds usual_files() {
    const PlanDefaults defaults;
    rlimit64 own{};
    // What potmon does with what it may not.
    const bool may =
        ::prlimit64(0, RLIMIT_NOFILE, nullptr, &own) != 0 || own.rlim_max >= defaults.open_files_hard;
    const std::uint64_t hard = may ? defaults.open_files_hard : own.rlim_max;
    return {std::min(defaults.open_files_soft, hard), hard};
}

/// A process that has no more than its pot's bound has given itself what it has.
Bounds FilesLimit::wanted_for(const Bounds& now) const {
    const bool pots = now.soft == before_.soft || now.soft > wanted_.hard;
    return {pots ? wanted_.soft : now.soft, wanted_.hard};
}

/// True if it had another.
core::Result<bool> FilesLimit::give(std::int32_t pid) {
    const auto found = look_at(pid);
    if (!found) return false;
    const Bounds wanted = wanted_for(found->bounds);
    if (wanted == found->bounds) return false;
    auto done = put(found->process, wanted);
    if (done && *done) changes_.push_back({found->process, found->bounds});
    return done;
}

/// A child has what its parent had when it was forked, and is in the group a moment later.
core::Status FilesLimit::give_all() {
    constexpr int most_passes = 100, quiet_passes = 2;
    const std::string group = cgroups_.main_group(name_);
    int quiet = 0;
    for (int pass = 0; pass < most_passes && quiet < quiet_passes; ++pass) {
        ++quiet;
        std::vector<std::int32_t> pids;
        list_below(group, pids);
        for (const std::int32_t pid : pids) {
            if (pid == init_.pid) continue;
            const auto changed = give(pid);
            if (!changed) return changed.error();
            if (*changed) quiet = 0;
        }
    }
    if (quiet == quiet_passes) return {};
    return core::error(core::ErrorKind::Conflict,
                       "limits.files: the pot's processes multiply faster than they can be limited");
}

core::Status FilesLimit::set(std::int64_t files) {
    if (files == core::files_as_they_are) return {};
    const auto init = look_at(init_.pid);
    if (!init || init->process != init_)
        return core::error(core::ErrorKind::NotFound, "the pot is not running");
    before_ = init->bounds;
    wanted_ = files == 0 ? usual_files()
                         : Bounds{static_cast<std::uint64_t>(files), static_cast<std::uint64_t>(files)};
    // Without a limit there is nothing to look for; pid 1 is the last that was given it back.
    if (files == 0 && before_ == wanted_) return {};
    if (wanted_.hard > before_.hard) {
        if (core::Status given = give_all(); !given) return take_back(std::move(given).error());
    }
    // From here on exec gives it.
    if (const auto given = give(init_.pid); !given) return take_back(given.error());
    core::Status given = give_all();
    return given ? std::move(given) : core::Status(take_back(std::move(given).error()));
}

core::Error FilesLimit::take_back(core::Error cause) {
    for (auto change = changes_.rbegin(); change != changes_.rend(); ++change) {
        const auto back = put(change->process, change->before);
        if (back) continue;
        cause.message += "; process " + std::to_string(change->process.pid) + " may open " +
                         std::to_string(wanted_.hard) +
                         " files until the pot is started anew: " + back.error().message;
    }
    changes_.clear();
    return cause;
}

}  // namespace potd::platform
