#pragma once

#include "core/base/result.hpp"
#include "daemon/platform/posix/unique_fd.hpp"

#include <string_view>

namespace potd::platform {

/// An anonymous file with `bytes`, positioned at its start.
[[nodiscard]] core::Result<UniqueFd> memory_file(std::string_view bytes);

}  // namespace potd::platform
