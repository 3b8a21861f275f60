#pragma once

#include "core/base/result.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <limits>
#include <string_view>

#include <sys/stat.h>

namespace potd::platform {

struct TreeCopyOptions {
    /// TooLarge beyond it; every entry counts as one block of 4 KiB besides its bytes.
    std::int64_t max_bytes = std::numeric_limits<std::int64_t>::max();
    /// False leaves the entry out, a directory with all below it. Empty: everything is wanted.
    std::function<bool(std::string_view path, const struct stat&)> wanted;
    const std::atomic<bool>* stop = nullptr;  ///< ends with Cancelled soon after it becomes true
    /// Told the bytes on disk of all that was copied so far, before each file.
    std::function<void(std::int64_t bytes)> copied{};
};

/// Copies what is below the directory `from`, and its own attributes, into the empty directory `to`.
/// Kept: owners (as root), modes, times, extended attributes, hard links, holes; data is shared with
/// the original where the file system can. Left out: sockets, what is mounted below (its directory
/// stays, empty), devices that a pot gets anew (is_replaced_device). Unsupported: any other device,
/// more than 256 levels. Errors name the entry; what was copied before one stays. Blocks; any thread.
[[nodiscard]] core::Status copy_tree(int from, int to, const TreeCopyOptions& options = {});

/// One entry of `from` with what is below it, under the same name in `to`.
[[nodiscard]] core::Status copy_tree_entry(int from, const std::string& name, int to,
                                           const TreeCopyOptions& options = {});

/// Bytes on disk below (and of) the directory `root`, hard links once, mounts not entered.
[[nodiscard]] core::Result<std::int64_t> tree_size(int root);

}  // namespace potd::platform
