#pragma once

#include "core/base/result.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace potd::platform {

// Operations on one control group directory.

/// cgroup.procs; empty if the group is gone.
[[nodiscard]] std::vector<std::int32_t> read_processes(const std::string& directory);

/// Names of the groups right below; empty if the group is gone.
[[nodiscard]] std::vector<std::string> child_groups(const std::string& directory);

/// Names of the links in a directory, as /sys/block has them.
[[nodiscard]] std::vector<std::string> linked_names(const std::string& directory);

/// Removes the group and those below it; gone already is fine, Conflict while it has processes.
[[nodiscard]] core::Status remove_group(const std::string& directory);

/// v1: gives a new cpuset group the CPUs and memory nodes of the one above, without which nothing
/// can enter it. What is set already stays.
[[nodiscard]] core::Status inherit_cpuset(const std::string& parent, const std::string& directory);

/// Moves every process of `from`, which stay in it, into the group `to` of another hierarchy, too. Conflict
/// if they multiply faster than they are moved.
[[nodiscard]] core::Status gather_processes(const std::string& from, const std::string& to);

/// v1: SIGKILL to what cgroup.procs lists, until it lists nothing new.
[[nodiscard]] core::Status kill_listed(const std::string& directory);

/// v1 freezer: freeze, kill all, thaw, so that no process forks away meanwhile.
[[nodiscard]] core::Status kill_frozen(const std::string& freezer);

}  // namespace potd::platform
