#include "storage/sqlite/snapshot_rows.hpp"

#include <cstdint>
#include <string_view>

namespace potd::storage {

using core::Result;
using core::Status;

Status put_snapshot(Database& database, const core::Snapshot& snapshot) {
    const std::string_view pot = snapshot.key.pot.text;
    const Result<Statement*> row =
        database.statement("INSERT INTO snapshots (pot, number, name, created_at) VALUES (?1, ?2, ?3, ?4)");
    if (!row) return row.error();
    Status put = (*row)
                     ->bind(1, pot)
                     .bind(2, std::int64_t{snapshot.key.number})
                     .bind(3, std::string_view(snapshot.name))
                     .bind(4, snapshot.created_at.ms)
                     .run();
    if (!put) return put;
    const Result<Statement*> number =
        database.statement("UPDATE pots SET last_snapshot = max(last_snapshot, ?2) WHERE id = ?1");
    if (!number) return number.error();
    return (*number)->bind(1, pot).bind(2, std::int64_t{snapshot.key.number}).run();
}

Status remove_snapshot(Database& database, const core::SnapshotKey& key) {
    const Result<Statement*> row = database.statement("DELETE FROM snapshots WHERE pot = ?1 AND number = ?2");
    if (!row) return row.error();
    return (*row)->bind(1, std::string_view(key.pot.text)).bind(2, std::int64_t{key.number}).run();
}

Status read_snapshots(Database& database, core::StoredState& state) {
    const Result<Statement*> rows =
        database.statement("SELECT pot, number, name, created_at FROM snapshots ORDER BY pot, number");
    if (!rows) return rows.error();
    Status read = (*rows)->each([&](const Statement& row) -> Status {
        state.snapshots.push_back({{core::PotId{row.string(0)}, static_cast<std::uint32_t>(row.integer(1))},
                                   row.string(2),
                                   core::WallTime{row.integer(3)}});
        return {};
    });
    if (!read) return read;
    const Result<Statement*> numbers =
        database.statement("SELECT id, last_snapshot FROM pots WHERE last_snapshot > 0");
    if (!numbers) return numbers.error();
    return (*numbers)->each([&](const Statement& row) -> Status {
        state.snapshot_numbers[core::PotId{row.string(0)}] = static_cast<std::uint32_t>(row.integer(1));
        return {};
    });
}

}  // namespace potd::storage
