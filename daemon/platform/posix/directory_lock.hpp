#pragma once

#include "core/base/result.hpp"
#include "daemon/platform/posix/unique_fd.hpp"

#include <filesystem>
#include <utility>

namespace potd::platform {

/// The right to be the one potd of a state directory: a kernel lock (flock) on DIRECTORY/lock. It ends
/// with the process, however that ends; the file stays and holds the pid of the last holder, which is
/// for people only.
class DirectoryLock {
  public:
    /// The directory must exist. Conflict, naming it and the holder's pid if that can be read, while
    /// another process, or another DirectoryLock of this one, holds it. Does not wait but, some
    /// seconds at most, for what a killed holder has left behind.
    [[nodiscard]] static core::Result<DirectoryLock> acquire(const std::filesystem::path& directory);

  private:
    explicit DirectoryLock(UniqueFd file) noexcept : file_(std::move(file)) {}
    UniqueFd file_;
};

}  // namespace potd::platform
