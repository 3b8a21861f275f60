#pragma once

#include "core/port/executor.hpp"
#include "core/port/logs.hpp"
#include "daemon/platform/posix/log_scan.hpp"
#include "daemon/platform/posix/log_watcher.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace potd::platform {

/// FileLogReader's cursor.
class FileLogCursor final : public core::LogCursor {
  public:
    FileLogCursor(core::Executor& executor, LogWatcher& watcher, std::string directory,
                  const core::LogQuery& query);
    FileLogCursor(const FileLogCursor&) = delete;
    FileLogCursor& operator=(const FileLogCursor&) = delete;
    ~FileLogCursor() override;

    void next(core::Reply<std::vector<core::LogLine>> reply) override;
    void finish() override;

  private:
    using Outcome = std::optional<core::Result<LogBatch>>;
    void read();
    void took(core::Result<LogBatch> outcome, bool last);
    void wait();
    void changed();
    void give(core::Result<std::vector<core::LogLine>> lines);

    core::Executor& executor_;
    LogWatcher& watcher_;
    std::string directory_;
    bool more_may_come_;             ///< following, and not finished
    std::shared_ptr<LogScan> scan_;  ///< the pool's while a read is under way
    core::Reply<std::vector<core::LogLine>> reply_;
    LogWatcher::Ticket ticket_ = 0;  ///< 0: changes since the last look may have been missed
    bool waiting_ = false;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  ///< for reads that come back too late
};

}  // namespace potd::platform
