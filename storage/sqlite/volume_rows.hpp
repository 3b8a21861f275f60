#pragma once

#include "core/base/result.hpp"
#include "core/model/volume.hpp"
#include "core/port/journal.hpp"
#include "storage/sqlite/database.hpp"

#include <string>
#include <vector>

namespace potd::storage {

// The rows of volumes and of their snapshots. The connection's thread only; writes inside the caller's
// transaction.

[[nodiscard]] core::Status put_volume(Database& database, const core::Volume& volume);
[[nodiscard]] core::Status remove_volume(Database& database, const std::string& name);
[[nodiscard]] core::Status put_volume_snapshot(Database& database, const core::VolumeSnapshot& snapshot);
[[nodiscard]] core::Status remove_volume_snapshot(Database& database, const core::VolumeSnapshotKey& key);
/// Into `volume_snapshots` and `volume_snapshot_numbers`.
[[nodiscard]] core::Status read_volume_snapshots(Database& database, core::StoredState& state);
/// By name.
[[nodiscard]] core::Status read_volumes(Database& database, std::vector<core::Volume>& volumes);

}  // namespace potd::storage
