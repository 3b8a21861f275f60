#pragma once

#include "core/port/meter.hpp"
#include "daemon/platform/linux/cgroup_tree.hpp"

#include <optional>
#include <string>

namespace potd::platform {

/// Figures from a run's v1 groups, unified group, or both, but for its network; unset if there is no such
/// run. What no group counts stays unset. `name` is its kernel_name.
[[nodiscard]] std::optional<core::RunFigures> read_figures(const CgroupTree& cgroups,
                                                           const std::string& name);

/// Of read_figures what a load is made of; 0 for what no group counts.
[[nodiscard]] std::optional<core::RunLoad> read_load(const CgroupTree& cgroups, const std::string& name);

}  // namespace potd::platform
