#pragma once

#include "core/port/meter.hpp"
#include "daemon/platform/linux/cgroup_layout.hpp"

#include <map>
#include <string>
#include <vector>

namespace potd::platform {

/// CgroupLayout::missing, found out by the files of potd's own top groups ("potd.<instance>"), which are
/// there, and by the schedulers of the block devices in `root`/sys/block.
[[nodiscard]] std::map<std::string, std::string> missing_files(const CgroupLayout& layout,
                                                               const std::string& top,
                                                               const std::string& root);

/// Which of limit_names runs of this machine can have; those of storage and networks are for others to say.
[[nodiscard]] std::vector<core::LimitAbility> limit_abilities(const CgroupLayout& layout);

}  // namespace potd::platform
