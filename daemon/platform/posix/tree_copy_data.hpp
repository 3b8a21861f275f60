#pragma once

#include "core/base/result.hpp"

#include <sys/stat.h>

namespace potd::platform {

/// Copies the file `from`, as `about` has its size, to the empty file `to`, sharing blocks and keeping holes
/// where the file system can. Blocks; any thread.
[[nodiscard]] core::Status copy_data(int from, int to, const struct stat& about);

}  // namespace potd::platform
