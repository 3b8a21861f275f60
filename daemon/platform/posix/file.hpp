#pragma once

#include "core/base/result.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace potd::platform {

// Small files, whole. Blocking; meant for the kernel's own file systems and for records of some
// hundred bytes. Errors carry the path and errno.

/// The whole content; TooLarge beyond `limit` bytes.
[[nodiscard]] core::Result<std::string> read_file(const std::string& path, std::size_t limit = 1 << 20);

/// As read_file, relative to a directory descriptor.
[[nodiscard]] core::Result<std::string> read_file_at(int directory, const std::string& path,
                                                     std::size_t limit = 1 << 20);

/// One write(2) of `bytes` to a file that exists, as the kernel's control files want it.
[[nodiscard]] core::Status write_existing(const std::string& path, std::string_view bytes);

/// Replaces `path` so that a reader sees the old content or the new: temporary file, fsync, rename.
[[nodiscard]] core::Status write_file_atomic(const std::string& path, std::string_view bytes,
                                             unsigned mode = 0600);

/// Removes a file; one that does not exist is fine.
[[nodiscard]] core::Status remove_file(const std::string& path);

[[nodiscard]] bool exists(const std::string& path);

/// mkdir that accepts an existing directory.
[[nodiscard]] core::Status make_directory(const std::string& path, unsigned mode = 0755);

/// Without leading and trailing white space.
[[nodiscard]] std::string_view trimmed(std::string_view text);

}  // namespace potd::platform
