#pragma once

#include "core/base/result.hpp"
#include "core/port/file_system.hpp"

#include <atomic>
#include <string>
#include <string_view>

namespace potd::platform {

/// How a driver makes a second tree like a first.
struct TreeDoubling {
    std::string_view driver;
    core::StorageAbilities abilities;
    /// Makes the directory `name` in `parent` with all that is in the directory `from`, and its attributes.
    /// Cancelled soon after `stop` becomes true; what was made by then stays. Blocks; any thread.
    core::Status (*make)(int from, int parent, const std::string& name, bool read_only,
                         const std::atomic<bool>& stop);
};

/// Copies; blocks are shared where the file system can. On every file system.
[[nodiscard]] TreeDoubling copied_trees();

/// Subvolumes and their snapshots; a tree that is not one is copied into one. On btrfs.
[[nodiscard]] TreeDoubling subvolume_trees();

}  // namespace potd::platform
