#pragma once

#include "core/base/result.hpp"
#include "daemon/platform/posix/tree_trash.hpp"

namespace potd::platform {

// A directory whose tree `root` is replaced as a whole by one that is made beside it: the old or the new one
// is there at any moment, also after a crash. Loop thread.

/// The name under which the next tree is made.
inline constexpr const char* half_root = ".root-new";

/// Puts the finished tree `half_root` in the place of `root`, which goes to the trash; or, if it was not
/// `made`, takes what there is of it away and returns why.
[[nodiscard]] core::Status swap_root(int folder, TreeTrash& trash, core::Status made);

/// Brings to an end what a crash has cut.
[[nodiscard]] core::Status settle_root(int folder, TreeTrash& trash);

}  // namespace potd::platform
