#pragma once

#include "core/base/result.hpp"
#include "core/model/base.hpp"

#include <string>
#include <vector>

namespace potd::platform {

/// Composes the base `host` in the empty directory `tree`: a skeleton of empty directories, symlinks
/// like /bin -> usr/bin as the machine has them, and copies of those files of /etc that programs need,
/// that hold no secret and that everybody may read. Returns what every pot binds read-only: /usr and, on a
/// machine without merged /usr, /bin, /lib and the like. `host_root` is "/" but in tests. Blocks; any thread.
[[nodiscard]] core::Result<std::vector<core::BaseBind>> compose_host_base(int tree,
                                                                          const std::string& host_root);

}  // namespace potd::platform
