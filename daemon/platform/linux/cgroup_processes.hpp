#pragma once

#include "core/port/process_lister.hpp"
#include "daemon/platform/linux/cgroup_tree.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace potd::platform {

// Processes for the listing. Any thread. `proc` is /proc or a made-up tree.

/// NotFound if it has ended.
[[nodiscard]] core::Result<core::ProcessRow> read_process_row(std::int32_t pid, const std::string& proc);

/// Of a run, NotFound if it has no groups. A tenth of a second for a thousand.
[[nodiscard]] core::Result<std::vector<core::ProcessRow>> read_processes(const CgroupTree& cgroups,
                                                                         const core::RunKey& key,
                                                                         const std::string& proc = "/proc");

}  // namespace potd::platform
