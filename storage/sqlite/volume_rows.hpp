#pragma once

#include "core/base/result.hpp"
#include "core/model/volume.hpp"
#include "storage/sqlite/database.hpp"

#include <string>
#include <vector>

namespace potd::storage {

// The rows of volumes. The connection's thread only; writes inside the caller's transaction.

[[nodiscard]] core::Status put_volume(Database& database, const core::Volume& volume);
/// All but the name and the time; one that is not there stays away.
[[nodiscard]] core::Status change_volume(Database& database, const core::Volume& volume);
[[nodiscard]] core::Status remove_volume(Database& database, const std::string& name);
/// By name.
[[nodiscard]] core::Status read_volumes(Database& database, std::vector<core::Volume>& volumes);

}  // namespace potd::storage
