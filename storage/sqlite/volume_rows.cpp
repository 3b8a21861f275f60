#include "storage/sqlite/volume_rows.hpp"

#include <cstdint>
#include <string_view>

namespace potd::storage {

using core::Result;
using core::Status;

Status put_volume(Database& database, const core::Volume& volume) {
    const Result<Statement*> row =
        database.statement("INSERT INTO volumes (name, created_at) VALUES (?1, ?2)");
    if (!row) return row.error();
    return (*row)->bind(1, std::string_view(volume.name)).bind(2, volume.created_at.ms).run();
}

Status remove_volume(Database& database, const std::string& name) {
    const Result<Statement*> row = database.statement("DELETE FROM volumes WHERE name = ?1");
    if (!row) return row.error();
    return (*row)->bind(1, std::string_view(name)).run();
}

Status put_volume_snapshot(Database& database, const core::VolumeSnapshot& snapshot) {
    const std::string_view volume = snapshot.key.volume;
    const Result<Statement*> row = database.statement(
        "INSERT INTO volume_snapshots (volume, number, name, created_at) VALUES (?1, ?2, ?3, ?4)");
    if (!row) return row.error();
    Status put = (*row)
                     ->bind(1, volume)
                     .bind(2, std::int64_t{snapshot.key.number})
                     .bind(3, std::string_view(snapshot.name))
                     .bind(4, snapshot.created_at.ms)
                     .run();
    if (!put) return put;
    const Result<Statement*> number =
        database.statement("UPDATE volumes SET last_snapshot = max(last_snapshot, ?2) WHERE name = ?1");
    if (!number) return number.error();
    return (*number)->bind(1, volume).bind(2, std::int64_t{snapshot.key.number}).run();
}

Status remove_volume_snapshot(Database& database, const core::VolumeSnapshotKey& key) {
    const Result<Statement*> row =
        database.statement("DELETE FROM volume_snapshots WHERE volume = ?1 AND number = ?2");
    if (!row) return row.error();
    return (*row)->bind(1, std::string_view(key.volume)).bind(2, std::int64_t{key.number}).run();
}

Status read_volume_snapshots(Database& database, core::StoredState& state) {
    const Result<Statement*> rows = database.statement(
        "SELECT volume, number, name, created_at FROM volume_snapshots ORDER BY volume, number");
    if (!rows) return rows.error();
    Status read = (*rows)->each([&](const Statement& row) -> Status {
        state.volume_snapshots.push_back({{row.string(0), static_cast<std::uint32_t>(row.integer(1))},
                                          row.string(2),
                                          core::WallTime{row.integer(3)}});
        return {};
    });
    if (!read) return read;
    const Result<Statement*> numbers =
        database.statement("SELECT name, last_snapshot FROM volumes WHERE last_snapshot > 0");
    if (!numbers) return numbers.error();
    return (*numbers)->each([&](const Statement& row) -> Status {
        state.volume_snapshot_numbers[row.string(0)] = static_cast<std::uint32_t>(row.integer(1));
        return {};
    });
}

Status read_volumes(Database& database, std::vector<core::Volume>& volumes) {
    const Result<Statement*> rows = database.statement("SELECT name, created_at FROM volumes ORDER BY name");
    if (!rows) return rows.error();
    return (*rows)->each([&](const Statement& row) -> Status {
        volumes.push_back({row.string(0), core::WallTime{row.integer(1)}});
        return {};
    });
}

}  // namespace potd::storage
