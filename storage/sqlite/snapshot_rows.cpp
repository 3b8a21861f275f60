#include "storage/sqlite/snapshot_rows.hpp"

#include "storage/sqlite/details.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace potd::storage {
namespace {

using core::Result;
using core::Status;

/// Where they stand.
struct SnapshotTable {
    std::string_view insert, count, remove, select, counts;
};

constexpr SnapshotTable of_pots{
    "INSERT INTO snapshots (pot, number, name, created_at, labels, scheduled)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    "UPDATE pots SET last_snapshot = max(last_snapshot, ?2) WHERE id = ?1",
    "DELETE FROM snapshots WHERE pot = ?1 AND number = ?2",
    "SELECT pot, number, name, created_at, labels, scheduled FROM snapshots ORDER BY pot, number",
    "SELECT id, last_snapshot FROM pots WHERE last_snapshot > 0"};

constexpr SnapshotTable of_volumes{
    "INSERT INTO volume_snapshots (volume, number, name, created_at, labels, scheduled)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    "UPDATE volumes SET last_snapshot = max(last_snapshot, ?2) WHERE name = ?1",
    "DELETE FROM volume_snapshots WHERE volume = ?1 AND number = ?2",
    "SELECT volume, number, name, created_at, labels, scheduled FROM volume_snapshots ORDER BY volume, "
    "number",
    "SELECT name, last_snapshot FROM volumes WHERE last_snapshot > 0"};

template <class Snapshot>
Status put(Database& database, const SnapshotTable& table, std::string_view owner, const Snapshot& snapshot) {
    const Result<Statement*> row = database.statement(table.insert);
    if (!row) return row.error();
    const std::int64_t number{snapshot.key.number};
    const std::string labels = encode_details(snapshot.labels);
    Status done = (*row)
                      ->bind(1, owner)
                      .bind(2, number)
                      .bind(3, std::string_view(snapshot.name))
                      .bind(4, snapshot.created_at.ms)
                      .bind(5, std::string_view(labels))
                      .bind(6, std::int64_t{snapshot.scheduled})
                      .run();
    if (!done) return done;
    const Result<Statement*> count = database.statement(table.count);
    if (!count) return count.error();
    return (*count)->bind(1, owner).bind(2, number).run();
}

Status remove(Database& database, const SnapshotTable& table, std::string_view owner, std::uint32_t number) {
    const Result<Statement*> row = database.statement(table.remove);
    if (!row) return row.error();
    return (*row)->bind(1, owner).bind(2, std::int64_t{number}).run();
}

template <class Snapshot, class Owner>
Status read(Database& database, const SnapshotTable& table, std::vector<Snapshot>& snapshots,
            std::map<Owner, std::uint32_t>& numbers) {
    const Result<Statement*> rows = database.statement(table.select);
    if (!rows) return rows.error();
    Status done = (*rows)->each([&](const Statement& row) -> Status {
        const typename Snapshot::Key key{Owner{row.string(0)}, static_cast<std::uint32_t>(row.integer(1))};
        snapshots.push_back({key, row.string(2), core::WallTime{row.integer(3)},
                             decode_details(row.string(4)), row.integer(5) != 0});
        return {};
    });
    if (!done) return done;
    const Result<Statement*> counts = database.statement(table.counts);
    if (!counts) return counts.error();
    return (*counts)->each([&](const Statement& row) -> Status {
        numbers[Owner{row.string(0)}] = static_cast<std::uint32_t>(row.integer(1));
        return {};
    });
}

}  // namespace

Status put_snapshot(Database& database, const core::Snapshot& snapshot) {
    return put(database, of_pots, snapshot.key.pot.text, snapshot);
}

Status put_snapshot(Database& database, const core::VolumeSnapshot& snapshot) {
    return put(database, of_volumes, snapshot.key.volume, snapshot);
}

Status remove_snapshot(Database& database, const core::SnapshotKey& key) {
    return remove(database, of_pots, key.pot.text, key.number);
}

Status remove_snapshot(Database& database, const core::VolumeSnapshotKey& key) {
    return remove(database, of_volumes, key.volume, key.number);
}

Status read_snapshots(Database& database, core::StoredState& state) {
    if (Status pots = read(database, of_pots, state.snapshots, state.snapshot_numbers); !pots) return pots;
    return read(database, of_volumes, state.volume_snapshots, state.volume_snapshot_numbers);
}

}  // namespace potd::storage
