#pragma once

#include "core/base/result.hpp"
#include "core/port/runtime.hpp"
#include "daemon/platform/linux/cgroup_tree.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace potd::platform {

/// How many files each process of a run may have open (RLIMIT_NOFILE), while it runs. The pot's pid 1, which
/// opens none, shows what holds: what exec starts has as many.
class FilesLimit {
  public:
    struct Bounds {
        std::uint64_t soft = 0, hard = 0;
        friend bool operator==(const Bounds&, const Bounds&) = default;
    };

    FilesLimit(const CgroupTree& cgroups, std::string name, const core::ProcessIdentity& init)
        : cgroups_(cgroups), name_(std::move(name)), init_(init) {}

    /// Every process of the run has `files` now, 0 for as many as without a limit, and so has what they start
    /// and what exec does: it looks until nobody has another. Lower bounds that a process has given itself
    /// stay. After an error all have what they had, or it says who has not; Unsupported, with the field,
    /// where only CAP_SYS_RESOURCE may.
    [[nodiscard]] core::Status set(std::int64_t files);
    /// Undoes set; `cause`, with what could not be undone.
    [[nodiscard]] core::Error take_back(core::Error cause);

  private:
    [[nodiscard]] core::Status give_all();
    [[nodiscard]] core::Result<bool> give(std::int32_t pid);
    [[nodiscard]] Bounds wanted_for(const Bounds& now) const;

    const CgroupTree& cgroups_;
    std::string name_;
    core::ProcessIdentity init_;
    Bounds before_{}, wanted_{};
    struct Change {
        core::ProcessIdentity process;
        Bounds before;
    };
    std::vector<Change> changes_;
};

/// What a run has without a limit, as far as potd itself may.
[[nodiscard]] FilesLimit::Bounds usual_files();

}  // namespace potd::platform
