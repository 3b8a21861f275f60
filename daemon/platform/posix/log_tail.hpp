#pragma once

#include "core/base/result.hpp"
#include "core/port/logs.hpp"
#include "daemon/platform/posix/log_files.hpp"

#include <cstddef>
#include <optional>
#include <string>

namespace potd::platform {

/// A place in a log from which to read on.
struct LogPosition {
    LogFile file;
    off_t offset = 0;
};

/// Finds where the last `query.tail` lines that a query wants begin, reading from the end. Entries of one
/// line count once: an entry ends a line if it is marked so, or if it is the last one wanted. Of a
/// line whose entries are mixed with those of the other stream the beginning may be left out.
/// Bounded memory, whatever the files hold. Blocks for one step; any thread, one at a time.
class LogTail {
  public:
    LogTail(const LogFiles& files, const core::LogQuery& query) : files_(files), query_(query) {}

    /// Reads up to about `budget` bytes more; true when the place is found.
    [[nodiscard]] core::Result<bool> step(std::size_t budget);
    /// After `step` returned true; none if there is no log.
    [[nodiscard]] std::optional<LogPosition> take() { return std::move(place_); }

  private:
    [[nodiscard]] core::Status start();
    [[nodiscard]] core::Result<bool> to_older_file();
    [[nodiscard]] core::Result<std::size_t> read_block();
    bool count_lines();
    bool count_line(std::string_view line);

    const LogFiles& files_;
    const core::LogQuery& query_;
    std::optional<LogPosition> place_;  ///< unread is what lies before `offset` + `block_`
    std::string block_;                 ///< bytes from `offset` on that are not yet cut into lines
    std::size_t ends_ = 0;
    bool started_ = false;
};

}  // namespace potd::platform
