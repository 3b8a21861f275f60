#pragma once

#include "daemon/platform/posix/hook_groups.hpp"

#include <string>

namespace potd::platform {

/// Starts the program as HookProgram says, with `script` (a file's path, empty without one) in the place of
/// its command. The child of another user has a copy of potd's memory, since that user could stop or trace
/// it; root's borrows it until its exec. Loop thread.
[[nodiscard]] core::Result<StartedHook> start_hook(const HookProgram& program, const std::string& script);

}  // namespace potd::platform
