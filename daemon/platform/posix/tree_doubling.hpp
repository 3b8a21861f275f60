#pragma once

#include "core/base/result.hpp"
#include "core/port/file_system.hpp"

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

namespace potd::platform {

/// One doubling, as others see it while it is made.
struct TreeWork {
    std::atomic<bool> stop = false;        ///< set by whoever wants it to end
    std::atomic<std::int64_t> copied = 0;  ///< bytes on disk so far; 0 where nothing is copied
};

/// How a driver makes a second tree like a first.
struct TreeDoubling {
    std::string_view driver;
    core::StorageAbilities abilities;
    /// Makes the directory `name` in `parent` with all that is in the directory `from`, and its attributes.
    /// Cancelled soon after `stop` becomes true; what was made by then stays. Blocks; any thread.
    core::Status (*make)(int from, int parent, const std::string& name, bool read_only, TreeWork& work);
};

/// Copies; blocks are shared where the file system can. On every file system.
[[nodiscard]] TreeDoubling copied_trees();

/// Subvolumes and their snapshots; a tree that is not one is copied into one. On btrfs.
[[nodiscard]] TreeDoubling subvolume_trees();

}  // namespace potd::platform
