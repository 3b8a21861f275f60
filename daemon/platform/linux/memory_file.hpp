#pragma once

#include "core/base/result.hpp"
#include "daemon/platform/posix/unique_fd.hpp"

#include <string>
#include <string_view>

namespace potd::platform {

/// An anonymous file with `bytes` that nobody can change any more, positioned at its start.
[[nodiscard]] core::Result<UniqueFd> sealed_memory_file(const char* name, std::string_view bytes);

/// The program at `path` as a sealed anonymous file: a pot that reaches the running monitor through
/// /proc/PID/exe can neither overwrite it nor find it on disk (CVE-2019-5736).
[[nodiscard]] core::Result<UniqueFd> sealed_program(const std::string& path);

}  // namespace potd::platform
