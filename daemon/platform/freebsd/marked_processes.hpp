#pragma once

#include "core/base/result.hpp"

#include <string_view>
#include <vector>

#include <sys/types.h>

namespace potd::platform {

/// The living processes, but this one, in whose environment a variable begins with `mark` ("NAME=value…").
/// Root sees every environment (sysctl kern.proc.env).
[[nodiscard]] core::Result<std::vector<pid_t>> processes_marked(std::string_view mark);

/// Kills them until there are none; Timeout after `limit_ms`, naming one.
[[nodiscard]] core::Status kill_marked(std::string_view mark, int limit_ms);

}  // namespace potd::platform
