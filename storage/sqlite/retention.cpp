#include "storage/sqlite/retention.hpp"

#include "storage/sqlite/audit_rows.hpp"
#include "storage/sqlite/transaction.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

#include <sqlite3.h>

namespace potd::storage {
namespace {

using core::Result;
using core::Status;

constexpr std::int64_t no_limit = std::numeric_limits<std::int64_t>::min();

struct Range {
    std::int64_t first = 0;
    std::int64_t last = 0;
    [[nodiscard]] bool empty() const { return last == 0; }
};

/// The one row of a query that has exactly one.
Result<Range> read_range(Statement& query) {
    Range range;
    const Status read = query.each([&](const Statement& row) -> Status {
        if (!row.is_null(0)) range = {row.integer(0), row.integer(1)};
        return {};
    });
    if (!read) return read.error();
    return range;
}

/// The first column of the first row.
Result<std::optional<std::int64_t>> read_first(Statement& query) {
    std::optional<std::int64_t> found;
    const Status read = query.each([&](const Statement& row) -> Status {
        if (!found) found = row.integer(0);
        return {};
    });
    if (!read) return read.error();
    return found;
}

Result<std::int64_t> run_counted(Database& database, Statement& statement) {
    if (Status done = statement.run(); !done) return std::move(done).error();
    return std::int64_t{sqlite3_changes(database.handle())};
}

}  // namespace

bool RetentionPass::needed() const {
    return keep_.events > 0 || keep_.event_age.count() > 0 || keep_.run_age.count() > 0 ||
           keep_.hook_output > 0 || keep_.audit_age.count() > 0 || keep_.audit_size > 0;
}

bool RetentionPass::overflows(std::uint64_t last_event) const {
    if (keep_.audit_size > 0 && audited_ > keep_.audit_size / 10) return true;
    if (keep_.events == 0) return false;
    const std::int64_t slack = std::clamp<std::int64_t>(keep_.events / 10, 1, 1000);
    const std::uint64_t stored = last_event + 1 - std::min(first_event_, last_event + 1);
    return stored >= static_cast<std::uint64_t>(keep_.events + slack);
}

void RetentionPass::begin(core::WallTime now) {
    now_ = now;
    pot_.clear();
    audited_ = 0;
    stage_ = Stage::Events;
}

Result<bool> RetentionPass::step() {
    const auto fail = [this](core::Error error) {
        stage_ = Stage::None;
        return std::move(error).in("retention");
    };
    Result<Transaction> transaction = Transaction::begin(database_);
    if (!transaction) return fail(std::move(transaction).error());
    Result<std::int64_t> changed = one_step();
    if (!changed) return fail(std::move(changed).error());
    if (*changed == 0) return false;
    if (Status committed = transaction->commit(); !committed) return fail(std::move(committed).error());
    return true;
}

Result<std::int64_t> RetentionPass::one_step() {
    if (stage_ == Stage::Events) {
        Result<std::int64_t> deleted = delete_events();
        if (deleted && *deleted == 0) stage_ = Stage::Audit;
        return deleted;
    }
    if (stage_ == Stage::Audit) {
        Result<std::int64_t> deleted = delete_audit();
        if (deleted && *deleted == 0) stage_ = Stage::Pots;
        return deleted;
    }
    return tidy_next_pot();
}

std::int64_t RetentionPass::born_before(core::milliseconds age) const {
    return age.count() > 0 ? now_.ms - age.count() : no_limit;
}

Result<std::int64_t> RetentionPass::delete_events() {
    // Each by itself, or SQLite would look at every row.
    const Result<Statement*> ends =
        database_.statement("SELECT (SELECT min(number) FROM events), (SELECT max(number) FROM events)");
    if (!ends) return ends.error();
    const Result<Range> stored = read_range(**ends);
    if (!stored) return stored.error();
    if (stored->empty()) return 0;
    first_event_ = static_cast<std::uint64_t>(stored->first);
    const std::int64_t most = std::min(stored->first + rows_per_step, stored->last);  // exclusive
    const Result<Statement*> young = database_.statement(
        "SELECT number FROM events WHERE number < ?1 AND time >= ?2 ORDER BY number LIMIT 1");
    if (!young) return young.error();
    (*young)->bind(1, most).bind(2, born_before(keep_.event_age));
    const Result<std::optional<std::int64_t>> by_age = read_first(**young);
    if (!by_age) return by_age.error();
    std::int64_t until = by_age->value_or(most);
    if (keep_.events > 0) until = std::max(until, std::min(most, stored->last - keep_.events + 1));
    if (until <= stored->first) return 0;
    const Result<Statement*> remove = database_.statement("DELETE FROM events WHERE number < ?1");
    if (!remove) return remove.error();
    (*remove)->bind(1, until);
    Result<std::int64_t> deleted = run_counted(database_, **remove);
    if (deleted) first_event_ = static_cast<std::uint64_t>(until);
    return deleted;
}

Result<std::int64_t> RetentionPass::delete_audit() {
    if (keep_.audit_age.count() == 0 && keep_.audit_size == 0) return 0;
    return retire_audit(database_, {born_before(keep_.audit_age), keep_.audit_size, rows_per_step});
}

/// The runs of one pot, some at a time, then its outputs, then the next pot.
Result<std::int64_t> RetentionPass::tidy_next_pot() {
    if (!pot_.empty()) {
        Result<std::int64_t> deleted = delete_runs();
        if (!deleted || *deleted > 0) return deleted;
        Result<std::int64_t> emptied = empty_outputs();
        if (!emptied || *emptied > 0) return emptied;
    }
    const Result<Statement*> next =
        database_.statement("SELECT id FROM pots WHERE id > ?1 ORDER BY id LIMIT 1");
    if (!next) return next.error();
    const std::string before = std::exchange(pot_, {});
    (*next)->bind(1, std::string_view(before));
    const Status read = (*next)->each([&](const Statement& row) -> Status {
        pot_ = row.string(0);
        return {};
    });
    if (!read) return read.error();
    if (pot_.empty()) stage_ = Stage::None;
    return 0;
}

Result<std::int64_t> RetentionPass::delete_runs() {
    if (keep_.run_age.count() == 0) return 0;
    const Result<Statement*> ends = database_.statement(
        "SELECT (SELECT min(number) FROM runs WHERE pot = ?1),"
        " (SELECT max(number) FROM runs WHERE pot = ?1)");
    if (!ends) return ends.error();
    (*ends)->bind(1, std::string_view(pot_));
    const Result<Range> stored = read_range(**ends);
    if (!stored) return stored.error();
    const std::int64_t most = std::min(stored->first + rows_per_step, stored->last);  // exclusive
    const Result<Statement*> young = database_.statement(
        "SELECT number FROM runs WHERE pot = ?1 AND number < ?2"
        " AND (ended_at IS NULL OR ended_at >= ?3) ORDER BY number LIMIT 1");
    if (!young) return young.error();
    (*young)->bind(1, std::string_view(pot_)).bind(2, most).bind(3, born_before(keep_.run_age));
    const Result<std::optional<std::int64_t>> by_age = read_first(**young);
    if (!by_age) return by_age.error();
    const std::int64_t until = by_age->value_or(most);
    if (until <= stored->first) return 0;
    const Result<Statement*> remove = database_.statement("DELETE FROM runs WHERE pot = ?1 AND number < ?2");
    if (!remove) return remove.error();
    (*remove)->bind(1, std::string_view(pot_)).bind(2, until);
    return run_counted(database_, **remove);
}

Result<std::int64_t> RetentionPass::empty_outputs() {
    if (keep_.hook_output == 0) return 0;
    // The newest run's hooks are written again as long as it goes on.
    constexpr std::string_view sql =
        "UPDATE run_hooks SET output = '', truncated = 1 WHERE pot = ?1 AND output <> ''"
        " AND (run, position) IN (SELECT run, position FROM (SELECT run, position,"
        "   sum(length(CAST(output AS BLOB))) OVER (ORDER BY run DESC, position DESC) AS total"
        "   FROM run_hooks WHERE pot = ?1 AND output <> ''"
        "   AND run < (SELECT max(number) FROM runs WHERE pot = ?1)) WHERE total > ?2"
        "   ORDER BY run, position LIMIT ?3)";
    const Result<Statement*> update = database_.statement(sql);
    if (!update) return update.error();
    (*update)->bind(1, std::string_view(pot_)).bind(2, keep_.hook_output).bind(3, rows_per_step);
    return run_counted(database_, **update);
}

}  // namespace potd::storage
