#pragma once

#include "core/base/result.hpp"

#include <string>

namespace potd::platform {

// What an overlay writes into its layers beside the files: attributes named trusted.overlay.*. potd's mounts
// have no `userxattr`, so those in user.overlay.* are attributes like any other.

/// Whether the directory hides what layers below have in it. Unsupported for a mark that potd does not know.
[[nodiscard]] core::Result<bool> is_opaque(int directory);
[[nodiscard]] core::Status mark_opaque(int directory);

/// Unsupported unless the entry `name`, no directory, is what it looks like: neither a metacopy, a redirect
/// nor a whiteout as an attribute.
[[nodiscard]] core::Status check_plain(int parent, const std::string& name);

/// All attributes of a directory but those marks.
[[nodiscard]] core::Status copy_foreign_attributes(int from, int to);

}  // namespace potd::platform
