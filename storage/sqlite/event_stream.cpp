#include "storage/sqlite/event_stream.hpp"

#include "storage/sqlite/state_reader.hpp"
#include "storage/sqlite/transaction.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>

namespace potd::storage {
namespace {

using core::EventEpoch;
using core::Result;
using core::Status;

constexpr std::size_t most_epochs = 1000;

struct StreamRow {
    std::string boot_id;
    std::optional<std::int64_t> last;
};

Result<std::optional<StreamRow>> read_stream(Database& database) {
    const Result<Statement*> query = database.statement("SELECT boot_id, last FROM event_stream");
    if (!query) return query.error();
    std::optional<StreamRow> found;
    const Status read = (*query)->each([&](const Statement& row) -> Status {
        found = StreamRow{row.string(0), row.maybe_integer(1)};
        return {};
    });
    if (!read) return read.error();
    return found;
}

Result<std::vector<EventEpoch>> read_epochs(Database& database) {
    const Result<Statement*> query =
        database.statement("SELECT number, start FROM event_epochs ORDER BY number");
    if (!query) return query.error();
    std::vector<EventEpoch> epochs;
    const Status read = (*query)->each([&](const Statement& row) -> Status {
        epochs.push_back(
            {static_cast<std::uint64_t>(row.integer(0)), static_cast<std::uint64_t>(row.integer(1))});
        return {};
    });
    if (!read) return read.error();
    return epochs;
}

/// The second in which it begins, so that another store on the same place has others.
EventEpoch next_epoch(const std::vector<EventEpoch>& epochs, std::uint64_t last, core::WallTime now) {
    const auto second = static_cast<std::uint64_t>(std::max<std::int64_t>(now.ms / 1000, 1));
    return {epochs.empty() ? second : std::max(second, epochs.back().number + 1), last};
}

bool holds_what_was_told(const StreamRow& row, const std::string& boot_id, std::uint64_t last) {
    if (row.last) return static_cast<std::uint64_t>(*row.last) == last;
    return !boot_id.empty() && row.boot_id == boot_id;
}

Status add_epoch(Database& database, const EventEpoch& epoch, std::uint64_t oldest) {
    const Result<Statement*> add =
        database.statement("INSERT INTO event_epochs (number, start) VALUES (?1, ?2)");
    if (!add) return add.error();
    (*add)->bind(1, static_cast<std::int64_t>(epoch.number)).bind(2, static_cast<std::int64_t>(epoch.start));
    if (Status added = (*add)->run(); !added) return added;
    const Result<Statement*> forget = database.statement("DELETE FROM event_epochs WHERE number < ?1");
    if (!forget) return forget.error();
    return (*forget)->bind(1, static_cast<std::int64_t>(oldest)).run();
}

Status put_stream(Database& database, std::string_view boot_id) {
    const Result<Statement*> put = database.statement(
        "INSERT INTO event_stream (only, boot_id, last) VALUES (1, ?1, NULL)"
        " ON CONFLICT (only) DO UPDATE SET boot_id = ?1, last = NULL");
    if (!put) return put.error();
    return (*put)->bind(1, boot_id).run();
}

}  // namespace

Result<std::vector<EventEpoch>> open_event_stream(Database& database, const std::string& boot_id,
                                                  core::WallTime now) {
    Result<Transaction> transaction = Transaction::begin(database);
    if (!transaction) return std::move(transaction).error();
    const Result<std::optional<StreamRow>> row = read_stream(database);
    if (!row) return row.error();
    Result<std::vector<EventEpoch>> epochs = read_epochs(database);
    if (!epochs) return epochs;
    const Result<std::uint64_t> last = read_last_event(database);
    if (!last) return last.error();
    if (epochs->empty() || !*row || !holds_what_was_told(**row, boot_id, *last)) {
        epochs->push_back(next_epoch(*epochs, *last, now));
        if (epochs->size() > most_epochs) epochs->erase(epochs->begin());
        Status added = add_epoch(database, epochs->back(), epochs->front().number);
        if (!added) return std::move(added).error();
    }
    if (Status put = put_stream(database, boot_id); !put) return std::move(put).error();
    if (Status committed = transaction->commit(); !committed) return std::move(committed).error();
    return epochs;
}

Result<std::vector<EventEpoch>> provisional_epochs(Database& database, core::WallTime now) {
    Result<std::vector<EventEpoch>> epochs = read_epochs(database);
    if (!epochs) return epochs;
    const Result<std::uint64_t> last = read_last_event(database);
    if (!last) return last.error();
    epochs->push_back(next_epoch(*epochs, *last, now));
    return epochs;
}

Status close_event_stream(Database& database) {
    return database.execute("UPDATE event_stream SET last = (SELECT coalesce(max(number), 0) FROM events)");
}

}  // namespace potd::storage
