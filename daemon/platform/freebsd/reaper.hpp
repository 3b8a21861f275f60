#pragma once

#include "core/base/result.hpp"

#include <vector>

#include <sys/types.h>

namespace potd::platform {

// procctl(2): potd as the reaper of all that descends from it, so that nothing it started gets lost by
// leaving its session or its parent. What potd starts directly is a root; its descendants keep that number
// (pi_subtree), which the kernel gives to no other process while one of them lives. Loop thread.

/// Makes this process a reaper; it may be one already.
[[nodiscard]] core::Status become_reaper();

/// The living processes that descend from the root, without zombies.
[[nodiscard]] core::Result<std::vector<pid_t>> descendants_of(pid_t root);

/// SIGKILL to the root and all that descends from it; none of them there is no error.
[[nodiscard]] core::Status kill_descendants(pid_t root);

/// Takes the status of processes that became ours because their parents ended. Roots are left alone: each has
/// somebody who waits for it. Nothing in a process that is no reaper.
void reap_orphans();

}  // namespace potd::platform
