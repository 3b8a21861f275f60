#pragma once

#include "core/base/result.hpp"
#include "core/port/logs.hpp"
#include "daemon/platform/posix/log_files.hpp"
#include "daemon/platform/posix/log_tail.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace potd::platform {

struct LogBatch {
    std::vector<core::LogLine> lines;
    bool end = false;  ///< nothing more is there now
};

/// Reads what a query wants, from the right place, file after file, across rotation; without waiting and
/// with bounded memory. Without `follow` it ends where the log ended at the first read, so that a pot
/// that writes faster than its reader reads does not hold it for ever. Blocks shortly; any thread,
/// one at a time.
class LogScan {
  public:
    LogScan(std::string directory, const core::LogQuery& query);

    /// Up to about 64 KiB of lines; fewer, or none, without `end` when it has looked through much
    /// that is not wanted: call again. `last`: nothing more will be written, so at the end an unfinished
    /// line is given as it is.
    [[nodiscard]] core::Result<LogBatch> read(bool last);

  private:
    enum class Progress { Read, End, NextFile };

    [[nodiscard]] core::Result<bool> find_start();
    [[nodiscard]] core::Result<bool> find_oldest();
    [[nodiscard]] core::Status remember_end();
    [[nodiscard]] core::Result<Progress> advance(LogBatch& batch);
    [[nodiscard]] core::Result<std::size_t> read_block();
    [[nodiscard]] core::Status restart_if_cut();
    [[nodiscard]] core::Result<Progress> after_file(LogBatch& batch);
    void end_here(bool last, LogBatch& batch);
    void cut_lines(LogBatch& batch);
    void add_line(std::string_view line, bool complete, LogBatch& batch);

    LogFiles files_;
    core::LogQuery query_;
    std::unique_ptr<LogTail> tail_;     ///< while the beginning is being looked for
    std::optional<LogPosition> place_;  ///< next byte to read
    std::optional<LogPosition> limit_;  ///< where to end, without `follow`
    std::string unfinished_;            ///< read, but no newline yet
    std::size_t searched_ = 0;          ///< how much of `unfinished_` is known to hold no newline
    std::size_t given_ = 0;             ///< rough size of the batch under way
    bool started_ = false;
    bool over_ = false;
};

}  // namespace potd::platform
