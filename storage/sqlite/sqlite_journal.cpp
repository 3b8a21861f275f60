#include "storage/sqlite/sqlite_journal.hpp"

#include "storage/sqlite/event_stream.hpp"
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

double seconds(std::chrono::steady_clock::duration time) {
    return std::chrono::duration<double>(time).count();
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
    RetentionPass retention(database_, options_.retention);
    if (retention.needed()) retention_.emplace(retention);
    retention_due_ = std::chrono::steady_clock::now();
    // What a potd that was killed had recorded but not synced: from now on it is acted upon.
    if (Status synced = sync(); !synced) report(std::move(synced).error());
    if (options_.log_opened) options_.log_opened(options_.file.string() + "-wal");
    thread_ = std::thread([this] { work(); });
    return {};
}

Result<core::StoredState> SqliteJournal::load() const {
    Result<Database> reader = Database::open(options_.file, Database::Mode::ReadOnly);
    if (!reader) return std::move(reader).error();
    return read_state(*reader, options_.codec);
}

Result<std::vector<core::EventEpoch>> SqliteJournal::open_events(const std::string& boot_id) {
    // The writer has nothing to commit yet, but its connection is its own; and one bit of a long pass after
    // the other would leave no moment to get in between.
    opening_events_ = true;
    Result<std::vector<core::EventEpoch>> epochs = open_events_apart(boot_id);
    {
        const std::lock_guard lock(mutex_);  // the writer must not miss it on its way to sleep
        opening_events_ = false;
    }
    queued_.notify_one();
    return epochs;
}

Result<std::vector<core::EventEpoch>> SqliteJournal::open_events_apart(const std::string& boot_id) {
    Result<Database> database = Database::open(options_.file, Database::Mode::Write);
    if (!database) return std::move(database).error();
    tells_events_ = true;
    Result<std::vector<core::EventEpoch>> epochs = open_event_stream(*database, boot_id, wall());
    Status kept = epochs ? WalFile(*database).sync() : Status(epochs.error());
    if (kept) return epochs;
    report(std::move(kept).error().in("epoch of the events"));
    return provisional_epochs(*database, wall());
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
    set.asked_at = std::chrono::steady_clock::now();
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
        retain();
        sync_when_due();
    }
    if (sync_due_) {
        if (Status synced = sync(); !synced) return report(std::move(synced).error());
    }
    close_events();
}

/// Nothing was told that is not on the disk.
void SqliteJournal::close_events() {
    if (!tells_events_) return;
    Status closed = close_event_stream(database_);
    if (closed) closed = sync();
    if (!closed) report(std::move(closed).error());
}

bool SqliteJournal::next_batch(Batch& batch) {
    std::unique_lock lock(mutex_);
    const bool held = opening_events_;
    const auto wanted = [this, held] { return stopping_ || !queue_.empty() || (held && !opening_events_); };
    std::optional<Time> due = sync_due_;
    if (retention_ && !held && retention_->under_way()) {
        due = Time{};
    } else if (retention_ && !held) {
        due = std::min(due.value_or(retention_due_), retention_due_);
    }
    if (due) {
        queued_.wait_until(lock, *due, wanted);
    } else {
        queued_.wait(lock, wanted);
    }
    batch.swap(queue_);
    return !batch.empty() || !stopping_;
}

void SqliteJournal::process(Batch batch) {
    const std::size_t transactions = recorder_->record(batch);
    count(batch, transactions);
    const bool sync_now = std::any_of(batch.begin(), batch.end(), awaits_disk);
    auto waiting = take_waiting(batch);
    loop_.post([done = std::make_shared<Batch>(std::move(batch))] { call_recorded(*done); });
    if (transactions == 0) return;

    if (sync_now) {
        Status synced = sync();
        loop_.post([waiting = std::move(waiting), synced] { call_durable(waiting, synced); });
    } else if (!sync_due_) {
        sync_due_ = std::chrono::steady_clock::now() + options_.sync_delay;
    }
    stored();
}

void SqliteJournal::stored() {
    checkpointer_.note(log_frames_);
    bound_log();
}

/// One bit of a pass, between two batches of commits.
void SqliteJournal::retain() {
    if (!retention_ || opening_events_) return;
    retention_->note_audited(recorder_->take_audited());
    if (!retention_->under_way()) {
        const bool due = std::chrono::steady_clock::now() >= retention_due_;
        if (!due && !retention_->overflows(recorder_->last_event())) return;
        retention_->begin(wall());
    }
    Result<bool> changed = retention_->step();
    if (!retention_->under_way()) {
        retention_due_ = std::chrono::steady_clock::now() + options_.retention_every;
        if (changed) count_pass();
    }
    if (!changed) return report(std::move(changed).error());
    if (!*changed) return;
    if (!sync_due_) sync_due_ = std::chrono::steady_clock::now() + options_.sync_delay;
    stored();
}

core::WallTime SqliteJournal::wall() const {
    if (options_.wall) return options_.wall();
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return {std::chrono::duration_cast<core::milliseconds>(now).count()};
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
    const auto now = std::chrono::steady_clock::now();
    const std::lock_guard lock(figures_mutex_);
    for (const ChangeSet& set : batch) {
        ++(set.outcome ? figures_.commits : figures_.failures);
        if (set.outcome) figures_.commit_seconds.observe(seconds(now - set.asked_at));
    }
    figures_.transactions += transactions;
}

void SqliteJournal::count_pass() {
    const std::lock_guard lock(figures_mutex_);
    ++figures_.passes;
}

Status SqliteJournal::sync() {
    const auto begun = std::chrono::steady_clock::now();
    Status synced = log_.sync();
    const auto ended = std::chrono::steady_clock::now();
    if (synced) {
        sync_due_.reset();
    } else {
        sync_due_ = ended + retry_sync_after;
    }
    const std::lock_guard lock(figures_mutex_);
    ++(synced ? figures_.syncs : figures_.sync_failures);
    if (synced) figures_.sync_seconds.observe(seconds(ended - begun));
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

core::StoreFigures SqliteJournal::figures() const {
    std::size_t queued = 0;
    {
        const std::lock_guard lock(mutex_);
        queued = queue_.size();
    }
    const std::lock_guard lock(figures_mutex_);
    core::StoreFigures now = figures_;
    now.queued = queued;
    return now;
}

}  // namespace potd::storage
