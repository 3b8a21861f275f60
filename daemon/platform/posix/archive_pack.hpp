#pragma once

#include "core/base/result.hpp"

#include <cstdint>
#include <functional>
#include <string>

namespace potd::platform {

struct PackOptions {
    /// Takes what comes next, up to 256 KiB at a time; an error ends the packing with it.
    std::function<core::Status(std::string piece)> write;
    std::uint32_t first_id = 0;  ///< taken from the owners; those outside the 65536 from there are nobody's
};

/// Whether `path` below `root` can be packed: an error as of open(2) if not.
[[nodiscard]] core::Status check_packable(int root, const std::string& path);

/// Writes `path` below `root` as a tar archive. Its members are called after the last component of `path`;
/// where that is "." or missing, after ".". A symlink there is packed as such. Kept: owners by number, modes
/// with set-id bits, times in seconds, symlinks, hard links within the tree, FIFOs, extended attributes.
/// Left out: sockets, devices, and what is in file systems that show the kernel (procfs, sysfs, ...). A file
/// that changes meanwhile has the size it had when its turn came. No step follows a symlink out of the root.
/// Blocks; any thread.
[[nodiscard]] core::Status pack_archive(int root, const std::string& path, const PackOptions& options);

/// True if the open file or directory belongs to a file system that shows the kernel. Per system.
[[nodiscard]] bool shows_the_kernel(int file);

}  // namespace potd::platform
