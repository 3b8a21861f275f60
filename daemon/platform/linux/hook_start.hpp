#pragma once

#include "daemon/platform/posix/hook_groups.hpp"

namespace potd::platform {

/// Where a hook's first process goes, and what all hooks share.
struct HookPlace {
    int group = -1;               ///< v2: descriptor of the group's directory; v1: of its cgroup.procs
    bool unified = false;         ///< it is v2: the process is born in the group
    int null = -1;                ///< /dev/null
    int helper = -1;              ///< the potmon of this build, see hook_helper.hpp
    bool lift_oom_score = false;  ///< potd is spared by the OOM killer; its hooks shall not be
};

/// Starts the program in the group, by way of potmon (hook_helper.hpp). The calling thread stands still until
/// potmon is executed; what fails from then on is told through StartedHook::failure.
[[nodiscard]] core::Result<StartedHook> start_hook(const HookProgram& program, const HookPlace& place);

}  // namespace potd::platform
