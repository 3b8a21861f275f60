#pragma once

#include "core/port/journal.hpp"
#include "storage/sqlite/database.hpp"

namespace potd::storage {

// The rows of snapshots, of pots and of volumes. The connection's thread only; writes inside the caller's
// transaction.

[[nodiscard]] core::Status put_snapshot(Database& database, const core::Snapshot& snapshot);
[[nodiscard]] core::Status put_snapshot(Database& database, const core::VolumeSnapshot& snapshot);
[[nodiscard]] core::Status remove_snapshot(Database& database, const core::SnapshotKey& key);
[[nodiscard]] core::Status remove_snapshot(Database& database, const core::VolumeSnapshotKey& key);
/// Snapshots and numbers of the state.
[[nodiscard]] core::Status read_snapshots(Database& database, core::StoredState& state);

}  // namespace potd::storage
