#pragma once

#include "core/model/root_fs.hpp"

#include <filesystem>
#include <functional>

// What the suites of the file-system drivers ask of the machine, per system (machine_<system>.cpp).

namespace potd::test {

/// A directory on a btrfs of this process; empty if there can be none here.
[[nodiscard]] std::filesystem::path btrfs_ground();

/// Runs `body` in a child process that has the root as a pot would, on `place` or where it is. False if that
/// failed or `body` says so.
[[nodiscard]] bool in_shown_root(const core::RootFs& root, const std::filesystem::path& place,
                                 const std::function<bool(const std::filesystem::path& root)>& body);

}  // namespace potd::test
