#include "storage/sqlite/secret_rows.hpp"

#include "storage/sqlite/statement.hpp"

#include <string_view>

namespace potd::storage {

using core::Result;
using core::Status;

Status put_secrets(Database& database, const core::PotId& pot, const core::SealedSecrets& secrets) {
    const Result<Statement*> remove = database.statement("DELETE FROM pot_secrets WHERE pot = ?1");
    if (!remove) return remove.error();
    if (Status gone = (*remove)->bind(1, std::string_view(pot.text)).run(); !gone) return gone;
    const Result<Statement*> insert =
        database.statement("INSERT INTO pot_secrets (pot, name, sealed) VALUES (?1, ?2, ?3)");
    if (!insert) return insert.error();
    for (const auto& [name, sealed] : secrets) {
        (*insert)->bind(1, std::string_view(pot.text)).bind(2, std::string_view(name));
        if (Status done = (*insert)->bind(3, std::string_view(sealed)).run(); !done) return done;
    }
    return {};
}

Status read_secrets(Database& database, std::map<core::PotId, core::SealedSecrets>& secrets) {
    const Result<Statement*> query = database.statement("SELECT pot, name, sealed FROM pot_secrets");
    if (!query) return query.error();
    return (*query)->each([&](const Statement& row) -> Status {
        secrets[core::PotId{row.string(0)}][row.string(1)] = row.string(2);
        return {};
    });
}

}  // namespace potd::storage
