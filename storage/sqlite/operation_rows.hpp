#pragma once

#include "core/base/result.hpp"
#include "core/port/journal.hpp"
#include "storage/sqlite/database.hpp"

#include <string>
#include <vector>

namespace potd::storage {

// The table of operations. The connection's thread.

[[nodiscard]] core::Status put_operation(Database& database, const core::PutOperation& change);
[[nodiscard]] core::Status remove_operation(Database& database, const std::string& id);

/// All of them, in the order of their ids.
[[nodiscard]] core::Result<std::vector<core::StoredOperation>> read_operations(Database& database);
/// NotFound if there is no such operation, or no answer of it.
[[nodiscard]] core::Result<core::KeptAnswer> read_answer(Database& database, const std::string& id);

}  // namespace potd::storage
