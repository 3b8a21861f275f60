#include "storage/sqlite/sqlite_history.hpp"

#include "storage/sqlite/audit_rows.hpp"
#include "storage/sqlite/operation_rows.hpp"
#include "storage/sqlite/rows.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>

namespace potd::storage {
namespace {

using core::Result;
using core::Status;

/// As near as a column's 64 bits with sign come.
std::int64_t clamped(std::uint64_t value) {
    constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    return static_cast<std::int64_t>(std::min(value, most));
}

std::string select_runs(std::string_view rest) {
    return "SELECT " + std::string(run_columns) + " FROM runs WHERE pot = ?1 AND " + std::string(rest);
}

Result<std::vector<core::Run>> collect_runs(Statement& statement) {
    std::vector<core::Run> runs;
    const Status read = statement.each([&](const Statement& row) -> Status {
        Result<core::Run> run = read_run(row);
        if (!run) return std::move(run).error();
        runs.push_back(*std::move(run));
        return {};
    });
    if (!read) return read.error();
    return runs;
}

/// Of runs that stand in order of their number, rising or falling.
Status add_hooks(Database& database, const core::PotId& pot, std::vector<core::Run>& runs) {
    if (runs.empty()) return {};
    const auto [low, high] = std::minmax(runs.front().number, runs.back().number);
    const Result<Statement*> statement =
        database.statement("SELECT run, " + std::string(hook_columns) +
                           " FROM run_hooks WHERE pot = ?1 AND run BETWEEN ?2 AND ?3 ORDER BY run, position");
    if (!statement) return statement.error();
    (*statement)->bind(1, std::string_view(pot.text)).bind(2, std::int64_t{low}).bind(3, std::int64_t{high});
    return (*statement)->each([&](const Statement& row) -> Status {
        const auto number = static_cast<std::uint32_t>(row.integer(0));
        const auto run = std::find_if(runs.begin(), runs.end(),
                                      [number](const core::Run& one) { return one.number == number; });
        Result<core::HookRecord> hook = read_hook(row, 1);
        if (!hook) return std::move(hook).error();
        if (run != runs.end()) run->hooks.push_back(*std::move(hook));
        return {};
    });
}

Result<std::vector<core::Run>> with_hooks(Database& database, const core::PotId& pot,
                                          Result<std::vector<core::Run>> runs) {
    if (!runs) return runs;
    if (Status added = add_hooks(database, pot, *runs); !added) return std::move(added).error();
    return runs;
}

Result<std::vector<core::Run>> read_runs(Database& database, const core::RunQuery& query) {
    const bool from_the_last = query.descending && query.after == 0;
    const std::int64_t after = from_the_last ? std::numeric_limits<std::int64_t>::max() : query.after;
    const Result<Statement*> statement =
        database.statement(query.descending ? select_runs("number < ?2 ORDER BY number DESC LIMIT ?3")
                                            : select_runs("number > ?2 ORDER BY number LIMIT ?3"));
    if (!statement) return statement.error();
    (*statement)->bind(1, std::string_view(query.pot.text)).bind(2, after).bind(3, clamped(query.limit));
    return with_hooks(database, query.pot, collect_runs(**statement));
}

Result<core::Run> read_one(Database& database, const core::RunKey& key) {
    const Result<Statement*> statement = database.statement(select_runs("number = ?2"));
    if (!statement) return statement.error();
    (*statement)->bind(1, std::string_view(key.pot.text)).bind(2, std::int64_t{key.run});
    Result<std::vector<core::Run>> found = with_hooks(database, key.pot, collect_runs(**statement));
    if (!found) return std::move(found).error();
    if (!found->empty()) return std::move(found->front());
    return core::error(core::ErrorKind::NotFound,
                       "pot " + key.pot.text + ": no run " + std::to_string(key.run));
}

// A type is asked for as a range of texts: exact ["t", "t\0"), prefix ["t.", "t/"), all ["", "\xff").
struct TypeRange {
    std::string first;
    std::string past;
};

TypeRange range_of(const std::string& type) {
    if (type.empty()) return {"", "\xff"};
    if (!type.ends_with('.')) return {type, type + '\0'};
    return {type, type.substr(0, type.size() - 1) + static_cast<char>('.' + 1)};
}

std::string events_where(std::string_view condition) {
    return "SELECT " + std::string(event_columns) + " FROM events WHERE " + std::string(condition) +
           "number > ?1 AND type >= ?2 AND type < ?3 ORDER BY number LIMIT ?4";
}

// Two searches, each through its index and in order, instead of an OR, which would sort all matches.
// The conditions repeat those of the partial indices.
std::string events_of_pot() {
    return "SELECT * FROM (" + events_where("pot_id <> '' AND pot_id = ?5 AND ") + ") UNION SELECT * FROM (" +
           events_where("pot <> '' AND pot = ?5 AND ") + ") ORDER BY 1 LIMIT ?4";
}

Result<std::vector<core::PrunableRuns>> read_prunable(Database& database, const core::PrunableQuery& query) {
    const Result<Statement*> statement = database.statement(
        "SELECT pot, min(number), max(number), count(*), sum((SELECT coalesce(sum(length(CAST(output AS "
        "BLOB))),"
        " 0) FROM run_hooks WHERE run_hooks.pot = runs.pot AND run = number)) FROM runs WHERE ended_at <= ?1"
        " AND number <= (SELECT max(number) FROM runs AS newest WHERE newest.pot = runs.pot) - ?2"
        " GROUP BY pot ORDER BY pot");
    if (!statement) return statement.error();
    (*statement)->bind(1, query.ended_before.ms).bind(2, std::max<std::int64_t>(query.keep, 1));
    std::vector<core::PrunableRuns> found;
    const Status read = (*statement)->each([&](const Statement& row) -> Status {
        found.push_back({core::PotId{row.string(0)}, static_cast<std::uint32_t>(row.integer(1)),
                         static_cast<std::uint32_t>(row.integer(2)),
                         static_cast<std::uint32_t>(row.integer(3)), row.integer(4)});
        return {};
    });
    if (!read) return read.error();
    return found;
}

Status read_bounds(Database& database, core::EventBounds& bounds) {
    // Each by itself, or SQLite would look at every row.
    const Result<Statement*> query = database.statement(
        "SELECT coalesce((SELECT min(number) FROM events), 1),"
        " coalesce((SELECT max(number) FROM events), 0)");
    if (!query) return query.error();
    return (*query)->each([&](const Statement& row) -> Status {
        bounds = {static_cast<std::uint64_t>(row.integer(0)), static_cast<std::uint64_t>(row.integer(1))};
        return {};
    });
}

Status read_events(Database& database, const core::EventQuery& query, std::vector<core::Event>& events) {
    const Result<Statement*> statement =
        database.statement(query.pot.empty() ? events_where("") : events_of_pot());
    if (!statement) return statement.error();
    const TypeRange types = range_of(query.type);
    (*statement)
        ->bind(1, clamped(query.since))
        .bind(2, std::string_view(types.first))
        .bind(3, std::string_view(types.past))
        .bind(4, clamped(query.limit));
    if (!query.pot.empty()) (*statement)->bind(5, std::string_view(query.pot));
    return (*statement)->each([&](const Statement& row) -> Status {
        events.push_back(read_event(row));
        return {};
    });
}

/// Bounds and events of one moment: the retention may be at work.
Result<core::EventPage> read_page(Database& database, const core::EventQuery& query) {
    core::EventPage page;
    if (Status begun = database.execute("BEGIN"); !begun) return std::move(begun).error();
    Status read = read_bounds(database, page.bounds);
    if (read) read = read_events(database, query, page.events);
    Status ended = database.execute("COMMIT");
    if (!read) return std::move(read).error();
    if (!ended) return std::move(ended).error();
    return page;
}

}  // namespace

Result<std::unique_ptr<SqliteHistory>> SqliteHistory::open(const std::filesystem::path& file,
                                                           core::Executor& loop) {
    Result<Database> database = Database::open(file, Database::Mode::ReadOnly);
    if (!database) return std::move(database).error();
    return std::unique_ptr<SqliteHistory>(new SqliteHistory(std::move(*database), loop));
}

template <class T, class Read>
void SqliteHistory::ask(Read read, core::Reply<T> reply) {
    const auto result =
        std::make_shared<Result<T>>(core::error(core::ErrorKind::Cancelled, "the query did not run"));
    loop_.blocking(
        [reader = reader_, read = std::move(read), result] {
            const std::lock_guard lock(reader->mutex);
            *result = read(reader->database);
        },
        [result, reply = std::move(reply)] { reply(std::move(*result)); });
}

void SqliteHistory::runs(const core::RunQuery& query, core::Reply<std::vector<core::Run>> reply) {
    ask<std::vector<core::Run>>([query](Database& database) { return read_runs(database, query); },
                                std::move(reply));
}

void SqliteHistory::run(const core::RunKey& key, core::Reply<core::Run> reply) {
    ask<core::Run>([key](Database& database) { return read_one(database, key); }, std::move(reply));
}

void SqliteHistory::prunable(const core::PrunableQuery& query,
                             core::Reply<std::vector<core::PrunableRuns>> reply) {
    ask<std::vector<core::PrunableRuns>>(
        [query](Database& database) { return read_prunable(database, query); }, std::move(reply));
}

void SqliteHistory::events(const core::EventQuery& query, core::Reply<core::EventPage> reply) {
    ask<core::EventPage>([query](Database& database) { return read_page(database, query); },
                         std::move(reply));
}

void SqliteHistory::answer(const std::string& operation, core::Reply<core::KeptAnswer> reply) {
    ask<core::KeptAnswer>([operation](Database& database) { return read_answer(database, operation); },
                          std::move(reply));
}

void SqliteHistory::audit(const core::AuditQuery& query, core::Reply<std::vector<core::AuditRecord>> reply) {
    ask<std::vector<core::AuditRecord>>([query](Database& database) { return read_audit(database, query); },
                                        std::move(reply));
}

}  // namespace potd::storage
