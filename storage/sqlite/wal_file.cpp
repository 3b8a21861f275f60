#include "storage/sqlite/wal_file.hpp"

#include "storage/sqlite/sqlite_error.hpp"

#include <cerrno>
#include <utility>

#include <sqlite3.h>

namespace potd::storage {

using core::Status;

// Why an fsync of the log after COMMIT, from outside, gives what synchronous=FULL gives inside it.
//
// With synchronous=NORMAL a COMMIT in WAL mode appends its frames to the log with write() and returns.
// FULL does the same, pads to a sector if overwrites are not power-safe, and fsyncs the log before it
// returns. The padding is the only difference besides the moment; open_store therefore falls back to
// FULL where it would happen. What remains is that the log may change between COMMIT and our fsync:
//
// 1. More frames appended: only the writer connection writes, and it is this thread that syncs. Extra
//    frames would do no harm anyway.
// 2. A checkpoint by another connection, in between or at the same time. It never changes the log. In
//    NORMAL it fsyncs the log before it copies a frame, and it fsyncs the database after it has copied
//    the last one and before it publishes that (nBackfill), so until then recovery still has the log.
// 3. A restart of the log: the next writer overwrites it from the start, which would put our fsync on
//    other frames. It happens only in a later commit of this connection, therefore after our fsync;
//    and only if every frame is backfilled, that is, by (2) durable in the database. The same holds
//    for frames of observations that nobody synced before the restart. SQLite fsyncs the new header
//    (with a new salt) in NORMAL too, before frames follow it, so old and new frames cannot be mixed:
//    recovery stops at the first frame whose salt or running checksum does not fit.
// 4. Order inside the log: the checksum runs through all frames from the header on, so a synced commit
//    is found by recovery only if all earlier frames are there; they are, fsync covers the whole file.
// 5. The log's directory entry: SQLite's first fsync of a log it created also syncs the directory,
//    and xSync is that very function.
//
// A failed fsync is different: the kernel may drop the dirty pages and report success the next time,
// with a hole in the log. The frames can still be read here, so the whole log is copied into the
// database, which is fsynced, and the log is cut to nothing: after a power loss recovery would apply
// the part before the hole over the newer pages of the database.
Status WalFile::sync() {
    if (!log_in_doubt_) {
        Status synced = sync_log();
        if (synced) return synced;
        log_in_doubt_ = true;
    }
    Status emptied = empty_log();
    if (emptied) emptied = sync_log();
    if (emptied) log_in_doubt_ = false;
    return emptied;
}

Status WalFile::sync_log() {
    sqlite3_file* log = nullptr;
    const int code = sqlite3_file_control(database_.handle(), "main", SQLITE_FCNTL_JOURNAL_POINTER,
                                          static_cast<void*>(&log));
    if (code != SQLITE_OK) return sqlite_error(database_.handle(), code, database_.file().string());
    if (log == nullptr || log->pMethods == nullptr) {
        return core::error(core::ErrorKind::Internal, database_.file().string() + ": has no write-ahead log");
    }
    if (log->pMethods->xSync(log, SQLITE_SYNC_NORMAL) == SQLITE_OK) return {};
    return core::os_error(errno, "fsync of " + database_.file().string() + "-wal");
}

Status WalFile::empty_log() {
    const int code =
        sqlite3_wal_checkpoint_v2(database_.handle(), "main", SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
    if (code != SQLITE_OK) return sqlite_error(database_.handle(), code, database_.file().string());
    return {};
}

bool survives_torn_writes(Database& database) {
    int answer = -1;  // negative: ask, do not set
    const int code =
        sqlite3_file_control(database.handle(), "main", SQLITE_FCNTL_POWERSAFE_OVERWRITE, &answer);
    return code == SQLITE_OK && answer == 1;
}

}  // namespace potd::storage
