#include "storage/sqlite/checkpointer.hpp"

#include "storage/sqlite/sqlite_error.hpp"

#include <utility>

#include <sqlite3.h>

namespace potd::storage {

Checkpointer::Checkpointer(Database database, Rhythm rhythm, std::function<void(core::Error)> failed)
    : database_(std::move(database)),
      rhythm_(rhythm),
      failed_(std::move(failed)),
      thread_([this] { work(); }) {}

Checkpointer::~Checkpointer() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    noted_.notify_one();
    thread_.join();
}

void Checkpointer::note(int frames) {
    bool wake = false;
    {
        const std::lock_guard lock(mutex_);
        // A restarted log counts from the start again.
        if (frames < copied_) copied_ = 0;
        // The first one starts the wait for idleness, a long log ends it.
        wake = frames_ == 0 || frames - copied_ >= rhythm_.long_log;
        frames_ = frames;
        last_commit_ = std::chrono::steady_clock::now();
    }
    if (wake) noted_.notify_one();
}

void Checkpointer::work() {
    while (wait_for_work()) {
        if (core::Status copied = copy(); !copied) failed_(std::move(copied).error());
    }
}

bool Checkpointer::wait_for_work() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        if (frames_ == 0) {
            noted_.wait(lock);
            continue;
        }
        const Time idle_at = last_commit_ + rhythm_.idle;
        if (frames_ - copied_ >= rhythm_.long_log || std::chrono::steady_clock::now() >= idle_at) {
            frames_ = 0;
            return true;
        }
        noted_.wait_until(lock, idle_at);
    }
    return false;
}

core::Status Checkpointer::copy() {
    const std::lock_guard one_at_a_time(copying_);
    int frames = 0;
    // PASSIVE: never in the way of the writer or a reader; what they still need stays for next time.
    const int code =
        sqlite3_wal_checkpoint_v2(database_.handle(), "main", SQLITE_CHECKPOINT_PASSIVE, &frames, nullptr);
    // The writer was just publishing a commit; `note` follows it and brings us back.
    if ((code & 0xff) == SQLITE_BUSY) return {};
    {
        const std::lock_guard lock(mutex_);
        // After a failure too: the next attempt comes with the next long stretch or idle moment.
        copied_ = frames > 0 ? frames : 0;
    }
    if (code != SQLITE_OK) return sqlite_error(database_.handle(), code, "checkpoint");
    return {};
}

}  // namespace potd::storage
