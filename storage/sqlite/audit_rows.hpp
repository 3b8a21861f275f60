#pragma once

#include "core/base/result.hpp"
#include "core/model/audit.hpp"
#include "core/port/history.hpp"
#include "storage/sqlite/database.hpp"

#include <cstdint>
#include <vector>

namespace potd::storage {

[[nodiscard]] core::Status put_audit(Database& database, const core::AuditEntry& entry);
/// Nothing if the entry is not kept any more.
[[nodiscard]] core::Status end_audit(Database& database, const core::AuditEnd& end);
[[nodiscard]] core::Result<std::vector<core::AuditRecord>> read_audit(Database& database,
                                                                      const core::AuditQuery& query);
/// The greatest number that was given, whether it is kept or not.
[[nodiscard]] core::Result<std::uint64_t> read_last_audit(Database& database);

/// What may go.
struct AuditLimits {
    std::int64_t born_before = 0;  ///< milliseconds since 1970
    std::int64_t size = 0;         ///< bytes of the newest that stay, a quarter for those denied; 0: all
    std::int64_t rows = 50;        ///< at most so many at once
};
/// Deletes from the first on, in the caller's transaction: of all entries if they are too old, or if those
/// that were not denied are too many; of those that were denied if these are. So many are gone.
[[nodiscard]] core::Result<std::int64_t> retire_audit(Database& database, const AuditLimits& limits);

/// What an entry counts as, with its end and its share of the index: bytes.
[[nodiscard]] std::int64_t size_of(const core::AuditEntry& entry);

}  // namespace potd::storage
