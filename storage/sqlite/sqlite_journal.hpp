#pragma once

#include "core/base/time.hpp"
#include "core/model/event_epochs.hpp"
#include "core/port/executor.hpp"
#include "core/port/journal.hpp"
#include "core/port/own_figures.hpp"
#include "storage/spec_codec.hpp"
#include "storage/sqlite/batch_recorder.hpp"
#include "storage/sqlite/checkpointer.hpp"
#include "storage/sqlite/database.hpp"
#include "storage/sqlite/retention.hpp"
#include "storage/sqlite/wal_file.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace potd::storage {

struct JournalOptions {
    std::filesystem::path file;  ///< the database, normally <state>/potd.db
    SpecCodec codec;
    std::int64_t runs_kept = 0;  ///< of each pot, the newest; 0 = all
    /// On the loop thread: a background sync or checkpoint failed. Work goes on and it is tried again.
    std::function<void(const core::Error&)> on_problem;
    /// Once, from `open`: the write-ahead log of the database is there, at this path.
    std::function<void(const std::filesystem::path& log)> log_opened;
    core::milliseconds sync_delay{500};  ///< observations without an intent reach the disk after it
    Checkpointer::Rhythm checkpoint;
    Retention retention;
    core::milliseconds retention_every{600'000};  ///< a pass at the start, and so long after the one before
    /// Any thread; unset: the system's clock.
    std::function<core::WallTime()> wall;
};

/// The Journal on SQLite. One thread owns the only connection that writes; what is queued while it
/// works becomes its next transaction, and one fsync serves all intents of that.
class SqliteJournal : public core::Journal {
  public:
    /// Opens or makes the database (see open_store for what it refuses) and starts the writer.
    /// `loop` must outlive the journal; tasks it posted may run after the journal is gone.
    [[nodiscard]] static core::Result<std::unique_ptr<SqliteJournal>> open(JournalOptions options,
                                                                           core::Executor& loop);
    ~SqliteJournal() override;
    SqliteJournal(const SqliteJournal&) = delete;
    SqliteJournal& operator=(const SqliteJournal&) = delete;

    /// What is stored. Blocks; any thread; meant for start-up.
    [[nodiscard]] core::Result<core::StoredState> load() const;

    void commit(std::vector<core::Change> changes, core::Durability durability, Recorded recorded,
                Durable durable) override;

    /// Begins a life in which events are told, in this boot of the machine; before the first commit. Returns
    /// the epochs, the present one last; where that cannot be stored, one that nobody will know again (then
    /// `on_problem` is told).
    [[nodiscard]] core::Result<std::vector<core::EventEpoch>> open_events(const std::string& boot_id);

    /// Stores and syncs everything committed so far, posts the callbacks and ends the writer. Later
    /// commits fail with Unavailable. Blocks; the destructor calls it.
    void stop();

    /// Any thread.
    [[nodiscard]] core::StoreFigures figures() const;

  private:
    using Time = std::chrono::steady_clock::time_point;
    using Batch = std::vector<ChangeSet>;

    SqliteJournal(JournalOptions options, core::Executor& loop, Database database, Database checkpoint);

    [[nodiscard]] core::Status start();
    [[nodiscard]] core::Result<std::vector<core::EventEpoch>> open_events_apart(const std::string& boot_id);
    void work();
    [[nodiscard]] bool enqueue(ChangeSet& set);
    /// Waits for work. An empty batch: there may be a sync or a bit of the retention to do. False: nothing is
    /// left and the end is wanted.
    [[nodiscard]] bool next_batch(Batch& batch);
    void process(Batch batch);
    void count(const Batch& batch, std::size_t transactions);
    void count_pass();
    [[nodiscard]] core::Status sync();
    void sync_when_due();
    void stored();
    void bound_log();
    void retain();
    void close_events();
    [[nodiscard]] core::WallTime wall() const;
    void report(core::Error error);

    const JournalOptions options_;
    core::Executor& loop_;

    // The writer's alone once it runs.
    Database database_;
    WalFile log_;
    std::optional<BatchRecorder> recorder_;
    std::optional<Time> sync_due_;  // set while something stored is not on disk
    int log_frames_ = 0;            // written by SQLite's hook at each commit
    int log_bound_ = 0;
    std::optional<RetentionPass> retention_;  // unset: everything is kept
    Time retention_due_;
    bool tells_events_ = false;                // written before the first commit
    std::atomic<bool> opening_events_{false};  // somebody else wants to write: no pass meanwhile

    Checkpointer checkpointer_;

    mutable std::mutex mutex_;  // guards queue_ and stopping_
    std::condition_variable queued_;
    Batch queue_;
    bool stopping_ = false;

    mutable std::mutex figures_mutex_;  // guards figures_, of which the queue's length is not kept
    core::StoreFigures figures_;

    std::thread thread_;
};

}  // namespace potd::storage
