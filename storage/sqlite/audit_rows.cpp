#include "storage/sqlite/audit_rows.hpp"

#include "storage/sqlite/statement.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <sqlite3.h>

namespace potd::storage {
namespace {

using core::Result;
using core::Status;

constexpr std::int64_t last_number = std::numeric_limits<std::int64_t>::max();
/// Numbers, times and lengths of both rows and of the index, and what an end says.
constexpr std::int64_t row_overhead = 160;

constexpr std::string_view select_audit =
    "SELECT a.number, a.time, a.actor, a.role, a.peer, a.method, a.route, a.path, a.pot, a.pot_id, a.request,"
    " e.time, e.outcome, e.status, e.operation, e.created, e.fields"
    " FROM audit AS a LEFT JOIN audit_ends AS e ON e.number = a.number"
    " WHERE a.time >= ?2 AND a.time < ?3 AND (?4 = '' OR a.actor = ?4)"
    " AND (?5 = '' OR coalesce(e.outcome, 'unknown') = ?5)"
    " AND (?6 = '' OR a.pot = ?6 OR a.pot_id = ?6 OR e.created = '/v1/pots/' || ?6) AND ";

std::string joined_fields(const std::vector<std::string>& fields) {
    std::string text;
    for (const std::string& field : fields) text += (text.empty() ? "" : " ") + field;
    return text;
}

std::vector<std::string> split_fields(std::string_view text) {
    std::vector<std::string> fields;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(' '), text.size());
        fields.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return fields;
}

core::AuditEntry read_entry(const Statement& row) {
    core::AuditEntry entry;
    entry.number = static_cast<std::uint64_t>(row.integer(0));
    entry.time.ms = row.integer(1);
    entry.actor = row.string(2);
    entry.role = row.string(3);
    entry.peer = row.string(4);
    entry.method = row.string(5);
    entry.route = row.string(6);
    entry.path = row.string(7);
    entry.pot = row.string(8);
    entry.pot_id = row.string(9);
    entry.request = row.string(10);
    return entry;
}

Result<core::AuditRecord> read_record(const Statement& row) {
    core::AuditRecord record{read_entry(row), {}};
    if (row.is_null(11)) return record;
    const auto outcome = core::audit_outcome_from(row.text(12));
    if (!outcome)
        return core::error(core::ErrorKind::Internal,
                           "audit: the outcome " + row.string(12) + " is unknown to this potd");
    record.end = {record.entry.number,
                  {row.integer(11)},
                  *outcome,
                  static_cast<int>(row.integer(13)),
                  row.string(14),
                  row.string(15),
                  split_fields(row.text(16))};
    return record;
}

/// Those that were denied have a part by themselves.
std::int64_t share_of_denied(const AuditLimits& limits) {
    return limits.size / 4;
}

struct AuditEnds {
    std::optional<std::int64_t> first;
    std::int64_t last = 0;
    std::int64_t denied = 0;  ///< bytes, of all that ever were
    std::int64_t others = 0;  ///< likewise, up to the last
};

Result<AuditEnds> read_audit_ends(Database& database) {
    // Each by itself, or SQLite would look at every row.
    const Result<Statement*> query = database.statement(
        "SELECT (SELECT min(number) FROM audit), (SELECT max(number) FROM audit),"
        " (SELECT written FROM audit ORDER BY number DESC LIMIT 1), denied FROM audit_retired");
    if (!query) return query.error();
    AuditEnds ends;
    const Status read = (*query)->each([&](const Statement& row) -> Status {
        ends.first = row.maybe_integer(0);
        ends.last = row.integer(1);
        ends.denied = row.integer(3);
        ends.others = row.integer(2) - ends.denied;
        return {};
    });
    if (!read) return read.error();
    return ends;
}

/// The first of the next few that stays, or what is behind them.
Result<std::int64_t> first_kept(Database& database, const AuditEnds& ends, const AuditLimits& limits) {
    const std::int64_t behind = std::min(*ends.first + limits.rows, ends.last + 1);
    const Result<Statement*> query = database.statement(
        "SELECT number FROM audit WHERE number < ?1 AND time >= ?2 AND written - denied > ?3"
        " ORDER BY number LIMIT 1");
    if (!query) return query.error();
    const std::int64_t enough = limits.size > 0 ? ends.others - (limits.size - share_of_denied(limits))
                                                : std::numeric_limits<std::int64_t>::min();
    (*query)->bind(1, behind).bind(2, limits.born_before).bind(3, enough);
    std::int64_t kept = behind;
    const Status read = (*query)->each([&](const Statement& row) -> Status {
        kept = row.integer(0);
        return {};
    });
    if (!read) return read.error();
    return kept;
}

/// The last of the next few that were denied and are too many.
Result<std::optional<std::int64_t>> last_denied(Database& database, const AuditEnds& ends,
                                                const AuditLimits& limits) {
    std::optional<std::int64_t> last;
    if (limits.size == 0) return last;
    const Result<Statement*> query = database.statement(
        "SELECT max(number) FROM (SELECT e.number AS number, a.denied AS denied"
        " FROM audit_ends AS e JOIN audit AS a ON a.number = e.number WHERE e.outcome = 'denied'"
        " ORDER BY e.number LIMIT ?1) WHERE denied < ?2");
    if (!query) return query.error();
    (*query)->bind(1, limits.rows).bind(2, ends.denied - share_of_denied(limits));
    const Status read = (*query)->each([&](const Statement& row) -> Status {
        last = row.maybe_integer(0);
        return {};
    });
    if (!read) return read.error();
    return last;
}

/// Says up to where they are retired, as the triggers let go no others, and deletes them.
Result<std::int64_t> delete_audit(Database& database, std::string_view retire, std::string_view remove,
                                  std::int64_t up_to) {
    for (const std::string_view sql : {retire, remove}) {
        const Result<Statement*> statement = database.statement(sql);
        if (!statement) return statement.error();
        if (Status done = (*statement)->bind(1, up_to).run(); !done) return std::move(done).error();
    }
    return std::int64_t{sqlite3_changes(database.handle())};
}

/// Where the entry is kept.
Status count_denied(Database& database, std::uint64_t number) {
    const Result<Statement*> statement = database.statement(
        "UPDATE audit_retired SET denied = denied + size FROM (SELECT ?2 + length(CAST("
        "actor || role || peer || method || route || path || pot || pot_id || request AS BLOB)) AS size"
        " FROM audit WHERE number = ?1)");
    if (!statement) return statement.error();
    return (*statement)->bind(1, static_cast<std::int64_t>(number)).bind(2, row_overhead).run();
}

}  // namespace

std::int64_t size_of(const core::AuditEntry& entry) {
    const auto texts = entry.actor.size() + entry.role.size() + entry.peer.size() + entry.method.size() +
                       entry.route.size() + entry.path.size() + entry.pot.size() + entry.pot_id.size() +
                       entry.request.size();
    return row_overhead + static_cast<std::int64_t>(texts);
}

Status put_audit(Database& database, const core::AuditEntry& entry) {
    const Result<Statement*> statement = database.statement(
        "INSERT INTO audit (number, time, actor, role, peer, method, route, path, pot, pot_id, request, "
        "written, denied)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11,"
        " ?12 + coalesce((SELECT written FROM audit ORDER BY number DESC LIMIT 1), 0),"
        " (SELECT denied FROM audit_retired))");
    if (!statement) return statement.error();
    return (*statement)
        ->bind(1, static_cast<std::int64_t>(entry.number))
        .bind(2, entry.time.ms)
        .bind(3, std::string_view(entry.actor))
        .bind(4, std::string_view(entry.role))
        .bind(5, std::string_view(entry.peer))
        .bind(6, std::string_view(entry.method))
        .bind(7, std::string_view(entry.route))
        .bind(8, std::string_view(entry.path))
        .bind(9, std::string_view(entry.pot))
        .bind(10, std::string_view(entry.pot_id))
        .bind(11, std::string_view(entry.request))
        .bind(12, size_of(entry))
        .run();
}

Status end_audit(Database& database, const core::AuditEnd& end) {
    const Result<Statement*> statement = database.statement(
        "INSERT INTO audit_ends (number, time, outcome, status, operation, created, fields)"
        " SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 WHERE EXISTS (SELECT 1 FROM audit WHERE number = ?1)");
    if (!statement) return statement.error();
    const std::string fields = joined_fields(end.fields);
    const Status ended = (*statement)
                             ->bind(1, static_cast<std::int64_t>(end.number))
                             .bind(2, end.time.ms)
                             .bind(3, core::to_string(end.outcome))
                             .bind(4, std::int64_t{end.status})
                             .bind(5, std::string_view(end.operation))
                             .bind(6, std::string_view(end.created))
                             .bind(7, std::string_view(fields))
                             .run();
    if (!ended || end.outcome != core::AuditOutcome::Denied) return ended;
    return count_denied(database, end.number);
}

Result<std::vector<core::AuditRecord>> read_audit(Database& database, const core::AuditQuery& query) {
    static const std::string rising = std::string(select_audit) + "a.number > ?1 ORDER BY a.number LIMIT ?7";
    static const std::string falling =
        std::string(select_audit) + "a.number < ?1 ORDER BY a.number DESC LIMIT ?7";
    const Result<Statement*> statement = database.statement(query.descending ? falling : rising);
    if (!statement) return statement.error();
    const bool from_the_last = query.descending && query.after == 0;
    const std::uint64_t after = std::min(query.after, static_cast<std::uint64_t>(last_number));
    const std::uint64_t limit = std::min(std::uint64_t{query.limit}, static_cast<std::uint64_t>(last_number));
    const std::string_view outcome = query.outcome ? core::to_string(*query.outcome) : std::string_view();
    (*statement)
        ->bind(1, from_the_last ? last_number : static_cast<std::int64_t>(after))
        .bind(2, query.since ? query.since->ms : std::numeric_limits<std::int64_t>::min())
        .bind(3, query.until ? query.until->ms : last_number)
        .bind(4, std::string_view(query.actor))
        .bind(5, outcome)
        .bind(6, std::string_view(query.pot))
        .bind(7, static_cast<std::int64_t>(limit));
    std::vector<core::AuditRecord> records;
    const Status read = (*statement)->each([&](const Statement& row) -> Status {
        Result<core::AuditRecord> record = read_record(row);
        if (!record) return std::move(record).error();
        records.push_back(*std::move(record));
        return {};
    });
    if (!read) return read.error();
    return records;
}

Result<std::uint64_t> read_last_audit(Database& database) {
    const Result<Statement*> query = database.statement(
        "SELECT max(coalesce((SELECT max(number) FROM audit), 0), (SELECT max(up_to, denied_up_to) FROM "
        "audit_retired))");
    if (!query) return query.error();
    std::uint64_t last = 0;
    const Status read = (*query)->each([&](const Statement& row) -> Status {
        last = static_cast<std::uint64_t>(row.integer(0));
        return {};
    });
    if (!read) return read.error();
    return last;
}

Result<std::int64_t> retire_audit(Database& database, const AuditLimits& limits) {
    const Result<AuditEnds> ends = read_audit_ends(database);
    if (!ends) return ends.error();
    if (!ends->first) return 0;
    const Result<std::int64_t> kept = first_kept(database, *ends, limits);
    if (!kept) return kept.error();
    if (*kept > *ends->first)
        return delete_audit(database, "UPDATE audit_retired SET up_to = ?1",
                            "DELETE FROM audit WHERE number <= ?1", *kept - 1);
    const Result<std::optional<std::int64_t>> denied = last_denied(database, *ends, limits);
    if (!denied) return denied.error();
    if (!*denied) return 0;
    return delete_audit(database, "UPDATE audit_retired SET denied_up_to = max(denied_up_to, ?1)",
                        "DELETE FROM audit WHERE number IN"
                        " (SELECT number FROM audit_ends WHERE outcome = 'denied' AND number <= ?1)",
                        **denied);
}

}  // namespace potd::storage
