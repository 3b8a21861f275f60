#pragma once

#include "core/base/result.hpp"

namespace potd::platform {

/// When it returns, all of the directory tree `root` is on the disk. Blocks; any thread. Per system.
[[nodiscard]] core::Status bring_to_disk(int root);

}  // namespace potd::platform
