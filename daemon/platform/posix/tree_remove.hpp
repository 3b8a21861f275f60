#pragma once

#include "core/base/result.hpp"

#include <cstddef>
#include <limits>
#include <string>

namespace potd::platform {

/// Deletes `name` in the directory `parent` with everything below it, at most about `budget` entries
/// a call. True when it is gone (also if it was not there), false when the budget ended first.
/// Follows no symlink, enters no mount, opens a bounded number of descriptors however deep the tree
/// is, and copes with directories without permissions and immutable files. Goes on after an error
/// and returns the first one when nothing else can be deleted. In the directory `notes`, if given, it notes
/// what the file system may keep of the trees (tree_quota.hpp). Blocks; any thread.
[[nodiscard]] core::Result<bool> remove_tree(int parent, const std::string& name,
                                             std::size_t budget = std::numeric_limits<std::size_t>::max(),
                                             int notes = -1);

}  // namespace potd::platform
