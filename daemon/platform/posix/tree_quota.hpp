#pragma once

#include "core/base/result.hpp"

#include <cstdint>
#include <string>

namespace potd::platform {

// Bounds on the bytes that a tree shows, shared with others or not, where the file system has them for trees
// (btrfs: what the quota group of a subvolume refers to). Per system; where there are none, the functions say
// so. All block; any thread.

/// Turns them on for the file system of `fd` if they are off, and waits until everything on it is counted.
/// Unsupported where there are none.
[[nodiscard]] core::Status prepare_tree_limits(int fd);

/// The bound of the tree, 0 for none. Of the directory `tree` itself: Unsupported if it is no subvolume.
[[nodiscard]] core::Result<std::int64_t> tree_limit(int tree);

/// Bounds it; 0 for no bound. Conflict, with both figures, if there is more in it.
[[nodiscard]] core::Status limit_tree(int tree, std::int64_t bytes);

/// As limit_tree, whatever is in it and without waiting for a count: a bound that should hold already.
[[nodiscard]] core::Status restore_tree_limit(int tree, std::int64_t bytes);

/// Before the tree is deleted: notes in the directory `notes` that a count of it may stay behind.
void note_tree_count(int notes, int tree);

/// Whether a file of such a directory is a note of that kind.
[[nodiscard]] bool is_tree_count_note(const std::string& name);

/// Removes the counts that are noted there, of trees that are gone, with their notes. What the file system
/// has not freed yet after about a second stays noted.
[[nodiscard]] core::Status remove_noted_tree_counts(int notes);

}  // namespace potd::platform
