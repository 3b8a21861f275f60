#pragma once

#include "core/base/result.hpp"
#include "core/model/pot_spec.hpp"
#include "daemon/platform/linux/cgroup_layout.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace potd::platform {

/// One control file of a run's group.
struct LimitSetting {
    std::string controller;
    std::string file;
    std::string value;
    std::string field;  ///< of the spec, for errors; empty for potd's own defaults
    friend bool operator==(const LimitSetting&, const LimitSetting&) = default;
};

/// Processes and threads of a pot whose spec sets no limits.pids: enough for large servers, little
/// enough that a fork bomb does not take the machine's process table.
inline constexpr std::int64_t default_pids = 4096;

/// What to write for `limits`, in order. Unsupported, with the field, for a limit that no hierarchy
/// of this machine can hold. Formulas: crun's conversion of weights between v1 and v2.
[[nodiscard]] core::Result<std::vector<LimitSetting>> cgroup_settings(const core::Limits& limits,
                                                                      const CgroupLayout& layout);

/// cpu.weight (1..10000, 100 normal) to cpu.shares (2..262144, 1024 normal).
[[nodiscard]] std::int64_t shares_from_weight(std::int64_t weight);

}  // namespace potd::platform
