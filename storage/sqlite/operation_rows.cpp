#include "storage/sqlite/operation_rows.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

namespace potd::storage {
namespace {

using core::Result;
using core::Status;

// Not INSERT OR REPLACE: an answer that was stored before stays.
constexpr std::string_view put_operation_sql =
    "INSERT INTO operations (id, kind, state, begun, pot, pot_id, run, base, created_at, ended_at, "
    "error_kind,"
    " error_message, error_field, key, fingerprint, volume, network, asked_by)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)"
    " ON CONFLICT (id) DO UPDATE SET state = ?3, begun = ?4, pot = ?5, pot_id = ?6, run = ?7, base = ?8,"
    " ended_at = ?10, error_kind = ?11, error_message = ?12, error_field = ?13, key = ?14, fingerprint = ?15,"
    " volume = ?16, network = ?17";

constexpr std::string_view put_answer_sql =
    "UPDATE operations SET answer_status = ?2, answer_headers = ?3, answer_type = ?4, answer_body = ?5"
    " WHERE id = ?1";

constexpr std::string_view drop_answer_sql =
    "UPDATE operations SET answer_status = NULL, answer_headers = '', answer_type = '', answer_body = ''"
    " WHERE id = ?1 AND answer_status IS NOT NULL";

constexpr std::string_view select_operations =
    "SELECT id, kind, state, begun, pot, pot_id, run, base, created_at, ended_at, error_kind, error_message,"
    " error_field, key, fingerprint, answer_status IS NOT NULL, volume, network, asked_by FROM operations "
    "ORDER BY id";

void bind_error(Statement& statement, const std::optional<core::Error>& error) {
    static const core::Error none;
    const core::Error& cause = error ? *error : none;
    if (error)
        statement.bind(11, core::to_string(cause.kind));
    else
        statement.bind(11, std::optional<std::int64_t>());
    statement.bind(12, std::string_view(cause.message)).bind(13, std::string_view(cause.field));
}

void bind_key(Statement& statement, const core::IdempotencyKey& key) {
    if (key.text.empty())
        statement.bind(14, std::optional<std::int64_t>());
    else
        statement.bind(14, std::string_view(key.text));
    statement.bind(15, std::string_view(key.fingerprint));
}

Status put_row(Database& database, const core::PutOperation& change) {
    const Result<Statement*> statement = database.statement(put_operation_sql);
    if (!statement) return statement.error();
    const core::Operation& operation = change.operation;
    (*statement)
        ->bind(1, std::string_view(operation.id))
        .bind(2, core::to_string(operation.kind))
        .bind(3, core::to_string(operation.state))
        .bind(4, std::int64_t{operation.begun})
        .bind(5, std::string_view(operation.pot))
        .bind(6, std::string_view(operation.pot_id))
        .bind(7, std::int64_t{operation.run})
        .bind(8, std::string_view(operation.base))
        .bind(9, operation.created_at.ms)
        .bind(10, operation.ended_at ? std::optional(operation.ended_at->ms) : std::nullopt)
        .bind(16, std::string_view(operation.volume))
        .bind(17, std::string_view(operation.network))
        .bind(18, std::string_view(operation.asked_by));
    bind_error(**statement, operation.error);
    bind_key(**statement, change.key);
    return (*statement)->run();
}

Status put_answer(Database& database, const std::string& id, const core::KeptAnswer& answer) {
    const Result<Statement*> statement = database.statement(put_answer_sql);
    if (!statement) return statement.error();
    return (*statement)
        ->bind(1, std::string_view(id))
        .bind(2, std::int64_t{answer.status})
        .bind(3, std::string_view(answer.headers))
        .bind(4, std::string_view(answer.type))
        .bind(5, std::string_view(answer.body))
        .run();
}

Status by_id(Database& database, std::string_view sql, const std::string& id) {
    const Result<Statement*> statement = database.statement(sql);
    if (!statement) return statement.error();
    return (*statement)->bind(1, std::string_view(id)).run();
}

core::Error unknown_to_this(const std::string& id, std::string_view column, std::string_view value) {
    return core::error(core::ErrorKind::Internal, "operation " + id + ": stored " + std::string(column) +
                                                      " \"" + std::string(value) +
                                                      "\" is unknown to this potd");
}

Result<core::StoredOperation> read_operation(const Statement& row) {
    core::StoredOperation stored;
    core::Operation& operation = stored.operation;
    operation.id = row.string(0);
    const auto kind = core::operation_kind_from(row.text(1));
    if (!kind) return unknown_to_this(operation.id, "kind", row.text(1));
    const auto state = core::operation_state_from(row.text(2));
    if (!state) return unknown_to_this(operation.id, "state", row.text(2));
    operation.kind = *kind;
    operation.state = *state;
    operation.begun = row.integer(3) != 0;
    operation.pot = row.string(4);
    operation.pot_id = row.string(5);
    operation.run = static_cast<std::uint32_t>(row.integer(6));
    operation.base = row.string(7);
    operation.created_at.ms = row.integer(8);
    if (const auto ended = row.maybe_integer(9)) operation.ended_at = core::WallTime{*ended};
    if (!row.is_null(10)) {
        const auto problem = core::error_kind_from(row.text(10));
        if (!problem) return unknown_to_this(operation.id, "kind of error", row.text(10));
        operation.error = core::Error{*problem, row.string(11), row.string(12), 0};
    }
    stored.key = {row.string(13), row.string(14)};
    stored.answered = row.integer(15) != 0;
    operation.volume = row.string(16);
    operation.network = row.string(17);
    operation.asked_by = row.string(18);
    return stored;
}

}  // namespace

Status put_operation(Database& database, const core::PutOperation& change) {
    const std::string& id = change.operation.id;
    Status done = put_row(database, change);
    if (done && change.key.text.empty())
        done = by_id(database, drop_answer_sql, id);
    else if (done && change.answer)
        done = put_answer(database, id, *change.answer);
    return std::move(done).in("operation " + id);
}

Status remove_operation(Database& database, const std::string& id) {
    return by_id(database, "DELETE FROM operations WHERE id = ?1", id).in("operation " + id);
}

Result<std::vector<core::StoredOperation>> read_operations(Database& database) {
    const Result<Statement*> query = database.statement(select_operations);
    if (!query) return query.error();
    std::vector<core::StoredOperation> found;
    const Status read = (*query)->each([&](const Statement& row) -> Status {
        Result<core::StoredOperation> one = read_operation(row);
        if (!one) return std::move(one).error();
        found.push_back(*std::move(one));
        return {};
    });
    if (!read) return read.error();
    return found;
}

Result<core::KeptAnswer> read_answer(Database& database, const std::string& id) {
    const Result<Statement*> query = database.statement(
        "SELECT answer_status, answer_headers, answer_type, answer_body FROM operations"
        " WHERE id = ?1 AND answer_status IS NOT NULL");
    if (!query) return query.error();
    std::optional<core::KeptAnswer> found;
    (*query)->bind(1, std::string_view(id));
    const Status read = (*query)->each([&](const Statement& row) -> Status {
        found =
            core::KeptAnswer{static_cast<int>(row.integer(0)), row.string(1), row.string(2), row.string(3)};
        return {};
    });
    if (!read) return read.error();
    if (found) return *std::move(found);
    return core::error(core::ErrorKind::NotFound, "operation " + id + ": no answer is stored");
}

}  // namespace potd::storage
