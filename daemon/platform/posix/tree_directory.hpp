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
    /// What the directory says of the name last returned: DT_REG, DT_DIR or another; DT_UNKNOWN where it
    /// cannot tell.
    [[nodiscard]] unsigned char type() const { return type_; }
    void rewind() { ::rewinddir(stream_.get()); }

  private:
    struct Close {
        void operator()(DIR* stream) const { ::closedir(stream); }
    };
    explicit TreeDirectory(DIR* stream) : stream_(stream) {}
    std::unique_ptr<DIR, Close> stream_;
    unsigned char type_ = DT_UNKNOWN;
};

struct TreeName {
    std::string name;
    unsigned char type = DT_UNKNOWN;  ///< TreeDirectory::type
};

/// All names left in the stream, sorted.
[[nodiscard]] core::Result<std::vector<TreeName>> names_left(TreeDirectory& directory);

/// All names in the directory `fd`, sorted, with the same exceptions.
[[nodiscard]] core::Result<std::vector<std::string>> names_in(int fd);

/// fstatat that follows no symlink.
[[nodiscard]] core::Result<struct stat> stat_entry(int parent, const std::string& name);

/// Opens a file to write it anew, empty. Conflict for what is none, to which nothing is written.
[[nodiscard]] core::Result<UniqueFd> open_emptied(int parent, const std::string& name);

}  // namespace potd::platform
