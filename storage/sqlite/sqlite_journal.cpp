#include "storage/sqlite/sqlite_journal.hpp"

#include "storage/sqlite/schema.hpp"
#include "storage/sqlite/state_reader.hpp"

#include <algorithm>
#include <utility>

#include <sqlite3.h>

namespace potd::storage {
namespace {

using core::Durability;
using core::Result;
using core::Status;

// After a failed background sync: often enough to recover soon, seldom enough not to flood the log.
constexpr std::chrono::seconds retry_sync_after{5};

int remember_log_frames(void* frames, sqlite3*, const char*, int count) {
    *static_cast<int*>(frames) = count;
    return SQLITE_OK;
}

bool awaits_disk(const ChangeSet& set) {
    return set.durability == Durability::Intent && set.outcome.ok();
}

void call_durable(const std::vector<core::Journal::Durable>& waiting, const Status& status) {
    for (const auto& durable : waiting) durable(status);
}

std::vector<core::Journal::Durable> take_waiting(std::vector<ChangeSet>& batch) {
    std::vector<core::Journal::Durable> waiting;
    for (ChangeSet& set : batch) {
        if (awaits_disk(set) && set.durable) waiting.push_back(std::move(set.durable));
    }
    return waiting;
}

void call_recorded(std::vector<ChangeSet>& batch) {
    for (ChangeSet& set : batch) {
        const Status refused = set.outcome ? Status{} : Status{set.outcome.error()};
        if (set.recorded) set.recorded(std::move(set.outcome));
        if (!refused && set.durability == Durability::Intent && set.durable) set.durable(refused);
    }
}

}  // namespace

Result<std::unique_ptr<SqliteJournal>> SqliteJournal::open(JournalOptions options, core::Executor& loop) {
    Result<Database> database = open_store(options.file);
    if (!database) return std::move(database).error();
    Result<Database> checkpoint = Database::open(options.file, Database::Mode::Write);
    if (!checkpoint) return std::move(checkpoint).error();
    std::unique_ptr<SqliteJournal> journal(
        new SqliteJournal(std::move(options), loop, std::move(*database), std::move(*checkpoint)));
    if (Status started = journal->start(); !started) return std::move(started).error();
    return journal;
}

SqliteJournal::SqliteJournal(JournalOptions options, core::Executor& loop, Database database,
                             Database checkpoint)
    : options_(std::move(options)),
      loop_(loop),
      database_(std::move(database)),
      log_(database_),
      checkpointer_(std::move(checkpoint), options_.checkpoint,
                    [this](core::Error error) { report(std::move(error)); }) {}

SqliteJournal::~SqliteJournal() {
    stop();
}

Status SqliteJournal::start() {
    Result<BatchRecorder> recorder = BatchRecorder::make(database_, options_.codec, options_.runs_kept);
    if (!recorder) return std::move(recorder).error();
    recorder_.emplace(std::move(*recorder));
    sqlite3_wal_hook(database_.handle(), remember_log_frames, &log_frames_);
    // What a potd that was killed had recorded but not synced: from now on it is acted upon.
    if (Status synced = sync(); !synced) report(std::move(synced).error());
    thread_ = std::thread([this] { work(); });
    return {};
}

Result<core::StoredState> SqliteJournal::load() const {
    Result<Database> reader = Database::open(options_.file, Database::Mode::ReadOnly);
    if (!reader) return std::move(reader).error();
    return read_state(*reader, options_.codec);
}

void SqliteJournal::commit(std::vector<core::Change> changes, Durability durability, Recorded recorded,
                           Durable durable) {
    ChangeSet set{std::move(changes), durability, std::move(recorded), std::move(durable)};
    if (enqueue(set)) {
        queued_.notify_one();
        return;
    }
    set.outcome = core::error(core::ErrorKind::Unavailable, "potd is stopping");
    loop_.post([late = std::make_shared<Batch>(Batch{std::move(set)})] { call_recorded(*late); });
}

bool SqliteJournal::enqueue(ChangeSet& set) {
    const std::lock_guard lock(mutex_);
    if (stopping_) return false;
    queue_.push_back(std::move(set));
    return true;
}

void SqliteJournal::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    queued_.notify_one();
    if (thread_.joinable()) thread_.join();
}

void SqliteJournal::work() {
    Batch batch;
    while (next_batch(batch)) {
        if (!batch.empty()) process(std::exchange(batch, {}));
        sync_when_due();
    }
    if (!sync_due_) return;
    if (Status synced = sync(); !synced) report(std::move(synced).error());
}

bool SqliteJournal::next_batch(Batch& batch) {
    std::unique_lock lock(mutex_);
    const auto wanted = [this] { return stopping_ || !queue_.empty(); };
    if (sync_due_) {
        queued_.wait_until(lock, *sync_due_, wanted);
    } else {
        queued_.wait(lock, wanted);
    }
    batch.swap(queue_);
    return !batch.empty() || !stopping_;
}

void SqliteJournal::process(Batch batch) {
    const std::size_t transactions = recorder_->record(batch);
    count(batch, transactions);
    const bool sync_now = std::ranges::any_of(batch, awaits_disk);
    auto waiting = take_waiting(batch);
    loop_.post([done = std::make_shared<Batch>(std::move(batch))] { call_recorded(*done); });
    if (transactions == 0) return;

    if (sync_now) {
        Status synced = sync();
        loop_.post([waiting = std::move(waiting), synced] { call_durable(waiting, synced); });
    } else if (!sync_due_) {
        sync_due_ = std::chrono::steady_clock::now() + options_.sync_delay;
    }
    checkpointer_.note(log_frames_);
    bound_log();
}

void SqliteJournal::bound_log() {
    const Checkpointer::Rhythm& rhythm = options_.checkpoint;
    if (log_frames_ < rhythm.too_long_log) log_bound_ = rhythm.too_long_log;
    if (log_frames_ < log_bound_) return;
    // A reader may keep the copy from ending; the next attempt is not made at once.
    log_bound_ = log_frames_ + rhythm.long_log;
    if (Status copied = checkpointer_.copy(); !copied) report(std::move(copied).error());
}

void SqliteJournal::count(const Batch& batch, std::size_t transactions) {
    const auto stored = std::ranges::count_if(batch, [](const ChangeSet& set) { return set.outcome.ok(); });
    commits_ += static_cast<std::uint64_t>(stored);
    failures_ += batch.size() - static_cast<std::uint64_t>(stored);
    transactions_ += transactions;
}

Status SqliteJournal::sync() {
    Status synced = log_.sync();
    if (synced) {
        ++syncs_;
        sync_due_.reset();
    } else {
        sync_due_ = std::chrono::steady_clock::now() + retry_sync_after;
    }
    return synced;
}

void SqliteJournal::sync_when_due() {
    if (!sync_due_ || std::chrono::steady_clock::now() < *sync_due_) return;
    if (Status synced = sync(); !synced) report(std::move(synced).error());
}

void SqliteJournal::report(core::Error error) {
    if (!options_.on_problem) return;
    loop_.post([tell = options_.on_problem, error = std::move(error)] { tell(error); });
}

SqliteJournal::Counters SqliteJournal::counters() const {
    return {commits_, transactions_, syncs_, failures_};
}

}  // namespace potd::storage
