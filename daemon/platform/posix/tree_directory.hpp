#pragma once

#include "core/base/result.hpp"
#include "daemon/platform/posix/unique_fd.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <dirent.h>
#include <sys/stat.h>

namespace potd::platform {

/// The names in one directory, without "." and "..". Owns the descriptor it is given.
class TreeDirectory {
  public:
    [[nodiscard]] static core::Result<TreeDirectory> of(UniqueFd fd);
    /// A second stream over the directory `fd`, which stays the caller's.
    [[nodiscard]] static core::Result<TreeDirectory> again(int fd);

    [[nodiscard]] int fd() const { return ::dirfd(stream_.get()); }
    /// The next name; none at the end.
    [[nodiscard]] core::Result<std::optional<std::string>> next();
    void rewind() { ::rewinddir(stream_.get()); }

  private:
    struct Close {
        void operator()(DIR* stream) const { ::closedir(stream); }
    };
    explicit TreeDirectory(DIR* stream) : stream_(stream) {}
    std::unique_ptr<DIR, Close> stream_;
};

/// All names in the directory, sorted, with the same exceptions; those left in the stream, or from the first
/// on.
[[nodiscard]] core::Result<std::vector<std::string>> names_left(TreeDirectory& directory);
[[nodiscard]] core::Result<std::vector<std::string>> names_in(int fd);

/// fstatat that follows no symlink.
[[nodiscard]] core::Result<struct stat> stat_entry(int parent, const std::string& name);

}  // namespace potd::platform
