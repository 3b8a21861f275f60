#include "storage/sqlite/volume_rows.hpp"

#include <string_view>

namespace potd::storage {

using core::Result;
using core::Status;

Status put_volume(Database& database, const core::Volume& volume) {
    const Result<Statement*> row =
        database.statement("INSERT INTO volumes (name, created_at) VALUES (?1, ?2)");
    if (!row) return row.error();
    Status put = (*row)->bind(1, std::string_view(volume.name)).bind(2, volume.created_at.ms).run();
    return put ? change_volume(database, volume) : put;
}

Status change_volume(Database& database, const core::Volume& volume) {
    const Result<Statement*> row = database.statement(
        "UPDATE volumes SET snapshot_every = ?2, snapshot_keep = ?3, snapshot_keep_for = ?4, quota = ?5, "
        "version = ?6 WHERE name = ?1");
    if (!row) return row.error();
    return (*row)
        ->bind(1, std::string_view(volume.name))
        .bind(2, std::int64_t{volume.snapshots.every.count()})
        .bind(3, volume.snapshots.keep)
        .bind(4, std::int64_t{volume.snapshots.keep_for.count()})
        .bind(5, volume.quota)
        .bind(6, static_cast<std::int64_t>(volume.version))
        .run();
}

Status remove_volume(Database& database, const std::string& name) {
    const Result<Statement*> row = database.statement("DELETE FROM volumes WHERE name = ?1");
    if (!row) return row.error();
    return (*row)->bind(1, std::string_view(name)).run();
}

Status read_volumes(Database& database, std::vector<core::Volume>& volumes) {
    const Result<Statement*> rows = database.statement(
        "SELECT name, created_at, snapshot_every, snapshot_keep, snapshot_keep_for, quota, version FROM "
        "volumes ORDER BY name");
    if (!rows) return rows.error();
    return (*rows)->each([&](const Statement& row) -> Status {
        const core::SnapshotSchedule snapshots{core::milliseconds{row.integer(2)}, row.integer(3),
                                               core::milliseconds{row.integer(4)}};
        volumes.push_back({row.string(0), core::WallTime{row.integer(1)}, row.integer(5),
                           static_cast<std::uint64_t>(row.integer(6)), snapshots});
        return {};
    });
}

}  // namespace potd::storage
