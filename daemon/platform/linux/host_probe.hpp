#pragma once

#include "core/port/meter.hpp"
#include "daemon/platform/linux/cgroup_layout.hpp"

#include <string>

namespace potd::platform {

/// What this machine is and lacks; `drivers` is left to the one who probes file systems. `root` is put
/// before /proc and /sys, for made-up trees.
[[nodiscard]] core::HostFacts read_host_facts(const CgroupLayout& cgroups, const std::string& root = {});

}  // namespace potd::platform
