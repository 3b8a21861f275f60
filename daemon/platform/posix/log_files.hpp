#pragma once

#include "core/base/result.hpp"
#include "core/base/time.hpp"
#include "daemon/platform/posix/unique_fd.hpp"

#include <functional>
#include <optional>
#include <string>

#include <sys/stat.h>
#include <sys/types.h>

namespace potd::platform {

/// One log file, held open: rotation renames and deletes, but does not take it away from its reader.
struct LogFile {
    UniqueFd fd;
    dev_t device = 0;
    ino_t inode = 0;
    [[nodiscard]] bool is(const LogFile& other) const {
        return device == other.device && inode == other.inode;
    }
    /// Size and times now.
    [[nodiscard]] core::Result<struct stat> about() const;
};

/// "current.log" for 0, "7.log" for 7: the names in one directory, in rising order from the newest.
[[nodiscard]] std::string log_file_name(unsigned number);
/// Of the rotated ones in this directory; 0 if there are none.
[[nodiscard]] core::Result<unsigned> highest_log_number(int directory);

/// Whether a file of these facts was written for the last time before `since`.
[[nodiscard]] bool ended_before(const struct stat& about, core::WallTime since);

/// The files of one pot: current.log, 1.log (the newest rotated) to N.log. Another process may rotate
/// at any time: files then only move to higher numbers, and a look through them in rising order, as
/// every method takes, meets each at least once. Blocks shortly; any thread, one at a time.
class LogFiles {
  public:
    using Found = core::Result<std::optional<LogFile>>;

    explicit LogFiles(std::string directory) : directory_(std::move(directory)) {}

    /// None if there is no file or no directory.
    [[nodiscard]] Found newest() const;
    [[nodiscard]] Found oldest() const;
    /// The next one in time; none if `file` is the newest. If it was deleted: the oldest there is.
    [[nodiscard]] Found newer_than(const LogFile& file) const;
    /// The one before; none if `file` is the oldest or was deleted.
    [[nodiscard]] Found older_than(const LogFile& file) const;

  private:
    /// Calls `visit` for each file from the newest to the oldest until it returns false.
    [[nodiscard]] core::Status each(const std::function<bool(LogFile)>& visit) const;

    std::string directory_;
};

}  // namespace potd::platform
