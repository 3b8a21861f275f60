#pragma once

#include "core/base/result.hpp"
#include "core/port/executor.hpp"
#include "daemon/platform/posix/tree_trash.hpp"
#include "daemon/platform/posix/unique_fd.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace potd::platform {

/// A folder of the state directory whose entries are made as .new-<name>, get their name by one rename
/// when they are whole, and go by one rename to the trash. For root alone, since what lies there may be
/// set-id programs the host must not run. Names come from potd itself. Loop thread.
class TreeShelf {
  public:
    /// Makes the directory `path` if need be.
    [[nodiscard]] static core::Result<TreeShelf> open(const std::string& path,
                                                      std::shared_ptr<TreeTrash> trash);

    /// Makes .new-<name> in the place of what a crash left there, and returns it open.
    [[nodiscard]] core::Result<UniqueFd> begin(const std::string& name);
    /// Gives it its name, which must be free.
    [[nodiscard]] core::Status commit(const std::string& name);
    /// To the trash, finished or not; idempotent.
    [[nodiscard]] core::Status discard(const std::string& name);
    /// Discards all that `keeps` is not true for.
    [[nodiscard]] core::Status sweep(const std::function<bool(const std::string& name)>& keeps);

    [[nodiscard]] bool has(const std::string& name) const;
    /// A finished one, open; the system's error if it is not there.
    [[nodiscard]] core::Result<UniqueFd> find(const std::string& name) const;
    /// Names of finished and unfinished ones, sorted.
    [[nodiscard]] core::Result<std::vector<std::string>> names() const;
    [[nodiscard]] std::string path(const std::string& name) const { return path_ + "/" + name; }
    [[nodiscard]] int fd() const { return directory_.get(); }
    [[nodiscard]] TreeTrash& trash() const { return *trash_; }

  private:
    TreeShelf(std::string path, UniqueFd directory, std::shared_ptr<TreeTrash> trash)
        : path_(std::move(path)), directory_(std::move(directory)), trash_(std::move(trash)) {}

    std::string path_;
    UniqueFd directory_;
    std::shared_ptr<TreeTrash> trash_;
};

}  // namespace potd::platform
