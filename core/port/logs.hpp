#pragma once

#include "core/base/result.hpp"
#include "core/port/exec.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace potd::core {

struct LogQuery {
    std::optional<std::size_t> tail;  ///< lines from the end; unset = all
    std::optional<WallTime> since;
    std::optional<Stream> stream;  ///< unset = both
    std::uint32_t run = 0;         ///< only this run's lines; 0 = all
    bool follow = false;
};

struct LogLine {
    std::int64_t time_ns = 0;  ///< since 1970
    Stream stream = Stream::Stdout;
    bool partial = false;  ///< the line goes on in the next entry of the same stream
    std::string text;      ///< without the newline, any bytes
};

/// Reads a pot's log files in order, across rotation. Loop thread; pull, so that a slow reader costs nothing.
class LogCursor {
  public:
    virtual ~LogCursor() = default;
    /// Replies with up to about 64 KiB of lines; an empty vector means the end (never while following,
    /// until `finish`). One call at a time. Destroying the cursor drops the reply.
    virtual void next(Reply<std::vector<LogLine>> reply) = 0;
    /// No more lines will come (the pot has ended and its monitor has written everything): a following cursor
    /// ends after what is there.
    virtual void finish() = 0;
};

/// Which files of one pot's log go.
struct LogPrune {
    std::string directory;  ///< as given to the launch
    std::size_t keep = 1;   ///< the newest files stay; the one that is written to counts as the first
    WallTime written_before;
    /// Nobody writes: then the newest file may go as well. Must stay true until the call returns.
    bool idle = false;
    bool dry_run = false;
};

struct LogPruned {
    std::uint32_t files = 0;
    std::int64_t bytes = 0;
    friend bool operator==(const LogPruned&, const LogPruned&) = default;
};

class LogReader {
  public:
    virtual ~LogReader() = default;
    /// `directory` as given to the launch. A missing or empty directory is an empty log.
    [[nodiscard]] virtual Result<std::unique_ptr<LogCursor>> open(const std::string& directory,
                                                                  const LogQuery& query) = 0;
    /// Deletes files, the oldest first, on the pool; says what went or would go. Readers and the monitor
    /// are not disturbed. A missing directory is an empty log.
    virtual void prune(const LogPrune& what, Reply<LogPruned> reply) = 0;
};

}  // namespace potd::core
