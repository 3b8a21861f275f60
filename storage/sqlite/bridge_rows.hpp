#pragma once

#include "core/base/result.hpp"
#include "core/model/bridge.hpp"
#include "core/model/leases.hpp"
#include "core/model/pot.hpp"
#include "storage/sqlite/database.hpp"

#include <string>
#include <vector>

namespace potd::storage {

[[nodiscard]] core::Status put_bridge(Database& database, const core::Bridge& bridge);
[[nodiscard]] core::Status remove_bridge(Database& database, const std::string& name);
/// By name.
[[nodiscard]] core::Status read_bridges(Database& database, std::vector<core::Bridge>& bridges);

/// In place of what the pot had.
[[nodiscard]] core::Status put_leases(Database& database, const core::PotId& pot, const core::Leases& leases);
/// Of pots that come ordered by id.
[[nodiscard]] core::Status read_leases(Database& database, std::vector<core::Pot>& pots);

}  // namespace potd::storage
