#pragma once

#include <string>
#include <string_view>

namespace potd::platform {

/// Whom the kernel killed last for want of memory in a control group whose path ends with `group`, of the
/// records of /dev/kmsg in `log`: "NAME (pid N)"; empty if none is told.
[[nodiscard]] std::string last_oom_victim(std::string_view log, std::string_view group);

/// The kernel's log as it is now, oldest record first; empty where it may not be read. Never waits.
[[nodiscard]] std::string read_kernel_log();

}  // namespace potd::platform
