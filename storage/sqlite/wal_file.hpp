#pragma once

#include "core/base/result.hpp"
#include "storage/sqlite/database.hpp"

namespace potd::storage {

/// Brings what the connection has committed to disk. Same thread as the connection, outside a
/// transaction; the connection must have committed at least once.
class WalFile {
  public:
    explicit WalFile(Database& database) noexcept : database_(database) {}

    /// After success everything committed before survives power loss. After a failure nothing may be
    /// claimed about it, now or by a later plain fsync, so later calls move the whole log into the
    /// database until that has succeeded once.
    [[nodiscard]] core::Status sync();

  private:
    [[nodiscard]] core::Status empty_log();
    [[nodiscard]] core::Status sync_log();

    Database& database_;
    bool log_in_doubt_ = false;
};

/// Whether the file system promises that a write cut by power loss leaves earlier bytes of the same
/// sector alone (SQLITE_IOCAP_POWERSAFE_OVERWRITE, SQLite's default on Unix).
[[nodiscard]] bool survives_torn_writes(Database& database);

}  // namespace potd::storage
