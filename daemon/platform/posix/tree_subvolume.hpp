#pragma once

#include "core/base/result.hpp"

#include <string>

#include <sys/types.h>

namespace potd::platform {

// Trees that the file system itself can double in constant time (btrfs: subvolumes). Per system; where there
// are none, the functions say so. All block; any thread.

/// Whether new trees below the directory `fd` are subvolumes.
[[nodiscard]] bool has_subvolumes(int fd);

/// Whether the directory `fd` is the top of one.
[[nodiscard]] bool is_subvolume(int fd);

/// A new directory with exactly `mode`: a subvolume where there are some. Conflict if the name is taken.
[[nodiscard]] core::Status make_tree(int parent, const std::string& name, mode_t mode);

/// A second tree `name` in `parent` that shares everything with the subvolume `from` until one of them is
/// changed. Unsupported if `from` is not one.
[[nodiscard]] core::Status double_subvolume(int from, int parent, const std::string& name, bool read_only);

/// Removes the directory `name` in `parent`, open as `tree`, with all that is in it, if it is a subvolume
/// without others below; false if it is not.
[[nodiscard]] core::Result<bool> remove_subvolume(int parent, const std::string& name, int tree);

}  // namespace potd::platform
