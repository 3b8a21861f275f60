#include "storage/sqlite/database.hpp"

#include "storage/sqlite/sqlite_error.hpp"

#include <utility>

#include <sqlite3.h>

namespace potd::storage {
namespace {

constexpr int busy_timeout_ms = 2000;

int flags_of(Database::Mode mode) {
    constexpr int common = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    switch (mode) {
        case Database::Mode::Create: return common | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
        case Database::Mode::Write: return common | SQLITE_OPEN_READWRITE;
        case Database::Mode::ReadOnly: break;
    }
    return common | SQLITE_OPEN_READONLY;
}

}  // namespace

void Database::Close::operator()(sqlite3* handle) const noexcept {
    // Cannot fail: the statements are gone, and v2 would wait for them.
    sqlite3_close_v2(handle);
}

core::Result<Database> Database::open(const std::filesystem::path& file, Mode mode) {
    sqlite3* handle = nullptr;
    const int code = sqlite3_open_v2(file.c_str(), &handle, flags_of(mode), nullptr);
    Database database(file, handle);
    if (code != SQLITE_OK) return sqlite_error(handle, code, file.string());
    sqlite3_busy_timeout(handle, busy_timeout_ms);
    // 256 KiB of pages are enough for both directions; the rest lies in the system's cache.
    const core::Status set = database.execute(
        "PRAGMA foreign_keys = ON; PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -256;"
        "PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF;");
    if (!set) return set.error();
    return database;
}

core::Status Database::execute(const std::string& sql) {
    const int code = sqlite3_exec(handle(), sql.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return sqlite_error(handle(), code, file_.string());
    return {};
}

core::Result<Statement*> Database::statement(std::string_view sql) {
    if (const auto known = statements_.find(sql); known != statements_.end()) return &known->second;
    sqlite3_stmt* made = nullptr;
    const int code = sqlite3_prepare_v3(handle(), sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &made, nullptr);
    if (code != SQLITE_OK) return sqlite_error(handle(), code, file_.string());
    return &statements_.emplace(std::string(sql), Statement(made)).first->second;
}

core::Result<std::int64_t> Database::pragma(std::string_view name) {
    core::Result<Statement*> query = statement("PRAGMA " + std::string(name));
    if (!query) return std::move(query).error();
    std::int64_t value = 0;
    const core::Status status = (*query)->each([&](const Statement& row) -> core::Status {
        value = row.integer(0);
        return {};
    });
    if (!status) return core::Error(status.error()).in(file_.string());
    return value;
}

bool Database::writable() const {
    return sqlite3_db_readonly(handle(), "main") == 0;
}

void Database::keep_log_on_close() {
    sqlite3_db_config(handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
}

}  // namespace potd::storage
