#pragma once

#include "core/base/result.hpp"
#include "core/model/limits.hpp"
#include "core/model/pot_spec.hpp"
#include "daemon/platform/linux/cgroup_layout.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace potd::platform {

/// One control file of a run's group; of one that has a line for each block device, one line.
struct LimitSetting {
    std::string controller;
    std::string file;
    std::string value;
    std::string field;   ///< of the spec, for errors; empty for potd's own defaults
    std::string device;  ///< "254:0" for a line of such a file, else empty
    friend bool operator==(const LimitSetting&, const LimitSetting&) = default;
};

/// Processes and threads of a pot whose spec sets no limits.pids: enough for large servers, little
/// enough that a fork bomb does not take the machine's process table.
inline constexpr std::int64_t default_pids = 4096;

/// What limits come to on a machine.
struct PlannedLimits {
    std::vector<LimitSetting> settings;
    std::vector<core::LeftOut> left_out;  ///< what no hierarchy of it can hold
};

/// Of a run: what to write, in order, and what cannot be. Devices are given by number (with_device_numbers),
/// and cpu_count is done already (it has become a cpuset). Formulas: crun's conversion of weights between v1
/// and v2.
[[nodiscard]] PlannedLimits plan_limits(const core::Limits& limits, const CgroupLayout& layout);

/// The settings; Unsupported, with the field, for one that cannot be held and is no best effort.
[[nodiscard]] core::Result<std::vector<LimitSetting>> cgroup_settings(const core::Limits& limits,
                                                                      const CgroupLayout& layout);

/// What stands in the files of a run without limits, as it is written to take one back; but for lines of
/// block devices.
[[nodiscard]] std::vector<LimitSetting> unlimited_settings(const CgroupLayout& layout);

/// The files with a line for each block device, with their controllers.
[[nodiscard]] std::vector<LimitSetting> device_files(const CgroupLayout& layout);
/// The line that takes every bound of this device off.
[[nodiscard]] std::string unlimited_line(const std::string& file, const std::string& device);

/// cpu.weight (1..10000, 100 normal) to cpu.shares (2..262144, 1024 normal).
[[nodiscard]] std::int64_t shares_from_weight(std::int64_t weight);

/// io.weight (1..10000, 100 normal) to the weight of BFQ (1..1000, 100 normal).
[[nodiscard]] std::int64_t bfq_from_weight(std::int64_t weight);

}  // namespace potd::platform
