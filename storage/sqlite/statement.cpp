#include "storage/sqlite/statement.hpp"

#include "storage/sqlite/sqlite_error.hpp"

#include <sqlite3.h>

namespace potd::storage {

void Statement::Finalize::operator()(sqlite3_stmt* statement) const noexcept {
    // Repeats the error of the last step, which was reported then.
    sqlite3_finalize(statement);
}

void Statement::note(int code) noexcept {
    if (bind_error_ == SQLITE_OK) bind_error_ = code;
}

Statement& Statement::bind(int index, std::int64_t value) {
    note(sqlite3_bind_int64(statement_.get(), index, value));
    return *this;
}

Statement& Statement::bind(int index, std::string_view text) {
    // A null pointer would bind NULL.
    const char* data = text.data() != nullptr ? text.data() : "";
    note(sqlite3_bind_text64(statement_.get(), index, data, text.size(), SQLITE_STATIC, SQLITE_UTF8));
    return *this;
}

Statement& Statement::bind(int index, std::optional<std::int64_t> value) {
    if (value) return bind(index, *value);
    note(sqlite3_bind_null(statement_.get(), index));
    return *this;
}

core::Result<bool> Statement::step() {
    sqlite3* database = sqlite3_db_handle(statement_.get());
    if (bind_error_ != SQLITE_OK) return sqlite_error(database, bind_error_, "database");
    const int code = sqlite3_step(statement_.get());
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    return sqlite_error(database, code, "database");
}

core::Status Statement::run() {
    const Rewind rewind{*this};
    const core::Result<bool> row = step();
    if (!row) return row.error();
    if (!*row) return {};
    return core::error(core::ErrorKind::Internal,
                       std::string("database: unexpected row from ") + sqlite3_sql(statement_.get()));
}

void Statement::rewind() noexcept {
    sqlite3_reset(statement_.get());
    sqlite3_clear_bindings(statement_.get());
    bind_error_ = SQLITE_OK;
}

bool Statement::is_null(int column) const {
    return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

std::int64_t Statement::integer(int column) const {
    return sqlite3_column_int64(statement_.get(), column);
}

std::optional<std::int64_t> Statement::maybe_integer(int column) const {
    if (is_null(column)) return {};
    return integer(column);
}

std::string_view Statement::text(int column) const {
    const void* data = sqlite3_column_blob(statement_.get(), column);
    const int size = sqlite3_column_bytes(statement_.get(), column);
    if (data == nullptr || size <= 0) return {};
    return {static_cast<const char*>(data), static_cast<std::size_t>(size)};
}

}  // namespace potd::storage
