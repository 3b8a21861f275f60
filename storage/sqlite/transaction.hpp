#pragma once

#include "core/base/result.hpp"
#include "storage/sqlite/database.hpp"

#include <utility>

namespace potd::storage {

/// BEGIN IMMEDIATE … COMMIT. Rolled back at the end of its scope unless committed.
class Transaction {
  public:
    [[nodiscard]] static core::Result<Transaction> begin(Database& database);
    Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
    Transaction& operator=(Transaction&&) = delete;
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    ~Transaction() { rollback(); }

    /// After a failure nothing of the transaction is stored.
    [[nodiscard]] core::Status commit();
    void rollback() noexcept;

  private:
    explicit Transaction(Database& database) noexcept : database_(&database) {}
    Database* database_;  // null once over
};

}  // namespace potd::storage
