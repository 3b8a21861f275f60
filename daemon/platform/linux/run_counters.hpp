#pragma once

#include "core/port/meter.hpp"
#include "daemon/platform/linux/cgroup_tree.hpp"
#include "daemon/platform/posix/unique_fd.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <string>

namespace potd::platform {

/// Figures from a run's v1 groups, unified group, or both, but for its network. The directories above the
/// runs' are kept open, one of each hierarchy, as the way to each run is gone again and again. One thread at
/// a time.
class RunCounters {
  public:
    explicit RunCounters(const CgroupTree& cgroups) : cgroups_(cgroups) {}

    /// Unset if there is no such run; what no group counts stays unset. `name` is its kernel_name.
    [[nodiscard]] std::optional<core::RunFigures> figures(const std::string& name);
    /// Of figures() what changes all the time, as Meter::moving_figures.
    [[nodiscard]] std::optional<core::RunFigures> moving_figures(const std::string& name);
    /// Of figures() what a load is made of; 0 for what no group counts.
    [[nodiscard]] std::optional<core::RunLoad> load(const std::string& name);

    /// The hierarchies that count something. Main: where every run has a group.
    enum class Hierarchy : std::size_t { Main, Memory, Pids, Quota, CpuTime, Devices };
    /// Each at its number; none where that is the main one, or nothing counts it.
    using Tops = std::array<UniqueFd, 6>;

  private:
    void open_tops();
    template <typename Read>
    [[nodiscard]] auto in_groups(const std::string& name, const Read& read);

    const CgroupTree& cgroups_;
    Tops tops_;
};

}  // namespace potd::platform
