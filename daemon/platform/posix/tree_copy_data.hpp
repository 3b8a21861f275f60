#pragma once

#include "core/base/result.hpp"

#include <sys/types.h>

namespace potd::platform {

/// Copies the first `size` bytes of the file `from` to the empty file `to`, sharing blocks and keeping
/// holes where the file system can. Blocks; any thread.
[[nodiscard]] core::Status copy_data(int from, int to, off_t size);

}  // namespace potd::platform
