#pragma once

#include "core/port/executor.hpp"
#include "core/port/history.hpp"
#include "storage/sqlite/database.hpp"

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace potd::storage {

/// History on its own read-only connection, on the pool's threads. Sees what was recorded before the
/// call; never waits for the writer, nor the writer for it.
class SqliteHistory : public core::History {
  public:
    /// The database must exist with its schema (SqliteJournal::open has returned). `loop` must outlive
    /// the history; replies may come after the history is gone.
    [[nodiscard]] static core::Result<std::unique_ptr<SqliteHistory>> open(const std::filesystem::path& file,
                                                                           core::Executor& loop);

    void runs(const core::RunQuery& query, core::Reply<std::vector<core::Run>> reply) override;
    void run(const core::RunKey& key, core::Reply<core::Run> reply) override;
    void prunable(const core::PrunableQuery& query,
                  core::Reply<std::vector<core::PrunableRuns>> reply) override;
    void events(const core::EventQuery& query, core::Reply<core::EventPage> reply) override;
    void answer(const std::string& operation, core::Reply<core::KeptAnswer> reply) override;
    void audit(const core::AuditQuery& query, core::Reply<std::vector<core::AuditRecord>> reply) override;

  private:
    struct Reader {
        explicit Reader(Database opened) : database(std::move(opened)) {}
        std::mutex mutex;  // guards database: the pool has several threads
        Database database;
    };

    SqliteHistory(Database database, core::Executor& loop)
        : reader_(std::make_shared<Reader>(std::move(database))), loop_(loop) {}

    template <class T, class Read>
    void ask(Read read, core::Reply<T> reply);

    std::shared_ptr<Reader> reader_;  // shared with the reads under way
    core::Executor& loop_;
};

}  // namespace potd::storage
