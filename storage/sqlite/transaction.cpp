#include "storage/sqlite/transaction.hpp"

#include <utility>

#include <sqlite3.h>

namespace potd::storage {

core::Result<Transaction> Transaction::begin(Database& database) {
    const core::Result<Statement*> begin = database.statement("BEGIN IMMEDIATE");
    if (!begin) return begin.error();
    if (core::Status status = (*begin)->run(); !status) return std::move(status).error();
    return Transaction(database);
}

core::Status Transaction::commit() {
    const core::Result<Statement*> commit = database_->statement("COMMIT");
    core::Status status = commit ? (*commit)->run() : core::Status{commit.error()};
    if (status) database_ = nullptr;
    rollback();
    return status;
}

void Transaction::rollback() noexcept {
    if (database_ == nullptr) return;
    sqlite3* handle = std::exchange(database_, nullptr)->handle();
    // A full disk or an I/O error may have rolled back already; then there is nothing to do, and
    // ROLLBACK itself cannot fail in a way that keeps the changes.
    if (sqlite3_get_autocommit(handle) == 0) sqlite3_exec(handle, "ROLLBACK", nullptr, nullptr, nullptr);
}

}  // namespace potd::storage
