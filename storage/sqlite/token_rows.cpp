#include "storage/sqlite/token_rows.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

namespace potd::storage {
namespace {

using core::Result;
using core::Status;

std::optional<std::int64_t> time_of(const std::optional<core::WallTime>& time) {
    return time ? std::optional(time->ms) : std::nullopt;
}

std::optional<core::WallTime> time_from(const std::optional<std::int64_t>& ms) {
    return ms ? std::optional(core::WallTime{*ms}) : std::nullopt;
}

Result<core::Token> read_token(const Statement& row) {
    core::Token token;
    token.name = row.string(0);
    const auto role = core::role_from(row.text(1));
    auto scope = core::label_selector_from(row.text(2), "selector");
    if (!role || !scope)
        return core::error(core::ErrorKind::Internal,
                           "token " + token.name + ": its stored role or selector is unknown to this potd");
    token.grant = {*role, *std::move(scope)};
    token.hash = row.string(3);
    token.made_by = row.string(4);
    token.created_at.ms = row.integer(5);
    token.expires_at = time_from(row.maybe_integer(6));
    token.used_at = time_from(row.maybe_integer(7));
    return token;
}

}  // namespace

Status put_token(Database& database, const core::Token& token) {
    const Result<Statement*> statement = database.statement(
        "INSERT INTO tokens (name, role, selector, hash, made_by, created_at, expires_at, used_at)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
        " ON CONFLICT (name) DO UPDATE SET role = ?2, selector = ?3, hash = ?4, made_by = ?5,"
        " created_at = ?6, expires_at = ?7, used_at = ?8");
    if (!statement) return statement.error();
    return (*statement)
        ->bind(1, std::string_view(token.name))
        .bind(2, core::to_string(token.grant.role))
        .bind(3, std::string_view(core::to_string(token.grant.scope)))
        .bind(4, std::string_view(token.hash))
        .bind(5, std::string_view(token.made_by))
        .bind(6, token.created_at.ms)
        .bind(7, time_of(token.expires_at))
        .bind(8, time_of(token.used_at))
        .run();
}

Status remove_token(Database& database, const std::string& name) {
    const Result<Statement*> statement = database.statement("DELETE FROM tokens WHERE name = ?1");
    if (!statement) return statement.error();
    return (*statement)->bind(1, std::string_view(name)).run();
}

Status read_tokens(Database& database, std::vector<core::Token>& tokens) {
    const Result<Statement*> query = database.statement(
        "SELECT name, role, selector, hash, made_by, created_at, expires_at, used_at FROM tokens ORDER BY "
        "name");
    if (!query) return query.error();
    return (*query)->each([&](const Statement& row) -> Status {
        Result<core::Token> one = read_token(row);
        if (!one) return std::move(one).error();
        tokens.push_back(*std::move(one));
        return {};
    });
}

}  // namespace potd::storage
