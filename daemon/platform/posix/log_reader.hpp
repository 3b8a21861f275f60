#pragma once

#include "core/port/executor.hpp"
#include "core/port/logs.hpp"
#include "daemon/platform/posix/log_watcher.hpp"

#include <memory>
#include <string>

namespace potd::platform {

/// Reads the files that potmon writes (log_entry.hpp, log_files.hpp). Files are read on the pool, one
/// bounded step at a time; a following cursor waits with the watcher. Cursors must not outlive
/// executor and watcher. A line without readable header is given as it is, time 0; an unfinished last line
/// is marked `partial`, and while following held back until it is whole or nothing more can come.
class FileLogReader final : public core::LogReader {
  public:
    FileLogReader(core::Executor& executor, LogWatcher& watcher) : executor_(executor), watcher_(watcher) {}
    [[nodiscard]] core::Result<std::unique_ptr<core::LogCursor>> open(const std::string& directory,
                                                                      const core::LogQuery& query) override;

    void prune(const core::LogPrune& what, core::Reply<core::LogPruned> reply) override;

  private:
    core::Executor& executor_;
    LogWatcher& watcher_;
};

}  // namespace potd::platform
