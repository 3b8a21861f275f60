#pragma once

#include "core/base/result.hpp"

#include <cstdint>
#include <string>

namespace potd::platform {

/// Shows the detached mount `tree` through the map of the user namespace. 0, or -1 with errno.
[[nodiscard]] int shift_tree(int tree, int user_namespace, bool recursive);

/// Whether a directory below `directory` can be shown with shifted owners and, if `overlay`, be the lower
/// layer of an overlay in which a file then belongs to `first_id`; tried for real in a mount namespace of a
/// child process. Unsupported with the reason. Leaves nothing.
[[nodiscard]] core::Status probe_shift(const std::string& directory, int user_namespace, bool overlay,
                                       std::uint32_t first_id);

}  // namespace potd::platform
