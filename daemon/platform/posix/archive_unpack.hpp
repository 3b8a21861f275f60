#pragma once

#include "core/base/result.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>

namespace potd::platform {

struct UnpackOptions {
    /// TooLarge beyond it, for what is written as for what one file claims to be; every entry counts
    /// as one block of 4 KiB besides its bytes, so that a million empty files cost too.
    std::int64_t max_bytes = std::numeric_limits<std::int64_t>::max();
    const std::atomic<bool>* stop = nullptr;       ///< ends with Cancelled soon after it becomes true
    std::function<void(std::int64_t bytes)> read;  ///< of the archive as it is stored, so far; never less
};

/// Unpacks the archive read from `archive` (any compression of tar, cpio or zip that libarchive knows)
/// below the empty directory `root`. Kept: owners by number (as root), modes with set-id bits, times,
/// extended attributes, hard links, holes, FIFOs; a later entry replaces an earlier one. Left out: sockets,
/// devices that a pot gets anew (is_replaced_device), the archive's wishes for the root directory itself.
/// InvalidArgument, naming the entry: absolute paths, "..", a path through a symlink that leads out
/// of the root, hard links to what the archive did not bring, other devices, more than 256 levels, a damaged
/// or empty archive. Where a symlink points is the pot's affair. What was unpacked before an error
/// stays. Blocks; any thread.
[[nodiscard]] core::Status unpack_archive(int archive, int root, const UnpackOptions& options = {});

struct UnpackCount {
    std::int64_t entries = 0;
    std::int64_t bytes = 0;  ///< of contents
};

/// What is different when an archive comes into a tree that is in use.
struct UnpackInto {
    /// The next piece of the archive, never empty; nullopt is its end.
    std::function<core::Result<std::optional<std::string>>()> next;
    std::string rename;          ///< what the first component of each name becomes; empty: it stays
    std::uint32_t first_id = 0;  ///< added to the owners, which are then 0 to 65535
};

/// As unpack_archive, of a tar archive, below a directory that has something in it and is used meanwhile: an
/// entry replaces what has its name, a directory stays and gets the attributes of the entry. No device is
/// left out, they are refused. `count` tells also after an error how much was unpacked. Reads `next` up to
/// its end.
[[nodiscard]] core::Status unpack_into(const UnpackInto& from, int directory, const UnpackOptions& options,
                                       UnpackCount& count);

}  // namespace potd::platform
