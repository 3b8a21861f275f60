#pragma once

#include "core/base/result.hpp"
#include "storage/sqlite/database.hpp"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace potd::storage {

/// Copies the write-ahead log into the database on its own thread and connection, so that the writer
/// never waits for the fsyncs of a checkpoint: when the log has grown long, or when nothing has been
/// written for a while. Under steady load it never sees the end of the log, and the log restarts only
/// once all of it is copied; then, at `too_long_log`, the writer has to
/// call `copy` itself.
class Checkpointer {
  public:
    struct Rhythm {
        int long_log = 1024;  ///< frames, each about 4 KiB
        int too_long_log = 4096;
        std::chrono::milliseconds idle{5'000};  ///< since the last commit
    };

    /// `failed` is called on the checkpointer's thread; the next attempt follows on its own.
    Checkpointer(Database database, Rhythm rhythm, std::function<void(core::Error)> failed);
    ~Checkpointer();
    Checkpointer(const Checkpointer&) = delete;
    Checkpointer& operator=(const Checkpointer&) = delete;

    /// After each commit: the log now has `frames`. Any thread; cheap.
    void note(int frames);

    /// Copies now, after a copy that is under way. Any thread; takes fsyncs.
    [[nodiscard]] core::Status copy();

  private:
    using Time = std::chrono::steady_clock::time_point;

    void work();
    /// False: time to end.
    [[nodiscard]] bool wait_for_work();

    std::mutex copying_;  // guards database_
    Database database_;
    const Rhythm rhythm_;
    const std::function<void(core::Error)> failed_;

    std::mutex mutex_;  // guards what follows
    std::condition_variable noted_;
    int frames_ = 0;  // noted since the last attempt
    int copied_ = 0;  // of the log, by the last attempt
    Time last_commit_;
    bool stopping_ = false;

    std::thread thread_;  // last: uses all of the above
};

}  // namespace potd::storage
