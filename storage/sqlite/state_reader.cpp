#include "storage/sqlite/state_reader.hpp"

#include "storage/sqlite/audit_rows.hpp"
#include "storage/sqlite/bridge_rows.hpp"
#include "storage/sqlite/operation_rows.hpp"
#include "storage/sqlite/rows.hpp"
#include "storage/sqlite/secret_rows.hpp"
#include "storage/sqlite/snapshot_rows.hpp"
#include "storage/sqlite/token_rows.hpp"
#include "storage/sqlite/volume_rows.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

namespace potd::storage {
namespace {

using core::ErrorKind;
using core::Result;
using core::Status;

core::Error unreadable(std::string_view what, std::string_view column, std::string_view value) {
    return core::error(ErrorKind::Internal, std::string(what) + ": stored " + std::string(column) + " \"" +
                                                std::string(value) + "\" is unknown to this potd");
}

constexpr int run_in_pot_row = 23;

std::string pots_query() {
    return "SELECT id, name, state, desired, created_at, changed_at, version, driver, last_error, spec, "
           "restarts,"
           " next_start_at, health, first_host_id, origin_pot, origin_number, origin_name, "
           "origin_snapshot, unfinished, own_spec, base_revision, revert_to, frozen_by, " +
           std::string(run_columns) +
           " FROM pots LEFT JOIN runs ON runs.pot = pots.id AND runs.number ="
           " (SELECT max(newest.number) FROM runs AS newest WHERE newest.pot = pots.id) ORDER BY id";
}

Result<core::UnfinishedPtr> read_unfinished(const Statement& row, const SpecCodec& codec,
                                            const std::string& what) {
    if (row.text(18).empty()) return core::UnfinishedPtr();
    const auto then = core::if_unfinished_from(row.text(18));
    if (!then) return unreadable(what, "unfinished", row.text(18));
    Result<core::PotSpec> spec = codec.decode(row.text(19));
    if (!spec) {
        core::Error error = std::move(spec).error().in(what + ": stored own spec");
        error.kind = ErrorKind::Internal;
        return error;
    }
    core::Unfinished unfinished{*then, *std::move(spec), static_cast<std::uint32_t>(row.integer(21))};
    if (unfinished.revert_to != 0) unfinished.then = core::IfUnfinished::Revert;
    return std::make_shared<const core::Unfinished>(std::move(unfinished));
}

Result<core::Pot> read_pot(const Statement& row, const SpecCodec& codec) {
    core::Pot pot;
    pot.id.text = row.string(0);
    const std::string what = "pot " + row.string(1) + " (" + pot.id.text + ")";
    const auto state = core::pot_state_from(row.text(2));
    if (!state) return unreadable(what, "state", row.text(2));
    const auto desired = core::desired_from(row.text(3));
    if (!desired) return unreadable(what, "desired state", row.text(3));
    Result<core::PotSpec> spec = codec.decode(row.text(9));
    if (!spec) {
        core::Error error = std::move(spec).error().in(what + ": stored spec");
        error.kind = ErrorKind::Internal;
        return error;
    }
    pot.spec = std::move(*spec);
    pot.spec.name = row.string(1);
    pot.state = *state;
    pot.desired = *desired;
    pot.created_at.ms = row.integer(4);
    pot.changed_at.ms = row.integer(5);
    pot.version = static_cast<std::uint64_t>(row.integer(6));
    pot.driver = row.string(7);
    pot.last_error = row.string(8);
    pot.restarts = static_cast<std::uint32_t>(row.integer(10));
    if (const auto next = row.maybe_integer(11)) pot.next_start_at = core::WallTime{*next};
    const auto health = core::health_from(row.text(12));
    if (!health) return unreadable(what, "health", row.text(12));
    pot.health = *health;
    pot.first_host_id = static_cast<std::uint32_t>(row.integer(13));
    if (!row.text(14).empty()) {
        const auto number = static_cast<std::uint32_t>(row.integer(15));
        pot.origin = core::PotOrigin{{core::PotId{row.string(14)}, number}, row.string(16), row.string(17)};
    }
    auto unfinished = read_unfinished(row, codec, what);
    if (!unfinished) return std::move(unfinished).error();
    pot.unfinished = *std::move(unfinished);
    pot.base_revision = static_cast<std::uint32_t>(row.integer(20));
    pot.frozen_by = row.string(22);
    if (row.is_null(run_in_pot_row)) return pot;
    Result<core::Run> run = read_run(row, run_in_pot_row);
    if (!run) return std::move(run).error().in(what);
    pot.run = *std::move(run);
    return pot;
}

Status read_pots(Database& database, const SpecCodec& codec, std::vector<core::Pot>& pots) {
    const Result<Statement*> query = database.statement(pots_query());
    if (!query) return query.error();
    return (*query)->each([&](const Statement& row) -> Status {
        Result<core::Pot> pot = read_pot(row, codec);
        if (!pot) return std::move(pot).error();
        pots.push_back(std::move(*pot));
        return {};
    });
}

/// Of the newest runs; pots come ordered by id.
Status read_hooks(Database& database, std::vector<core::Pot>& pots) {
    const Result<Statement*> query = database.statement(
        "SELECT pot, " + std::string(hook_columns) +
        " FROM run_hooks WHERE run = (SELECT max(number) FROM runs WHERE runs.pot = run_hooks.pot)"
        " ORDER BY pot, position");
    if (!query) return query.error();
    return (*query)->each([&](const Statement& row) -> Status {
        const auto found =
            std::lower_bound(pots.begin(), pots.end(), row.text(0),
                             [](const core::Pot& pot, std::string_view id) { return pot.id.text < id; });
        Result<core::HookRecord> hook = read_hook(row, 1);
        if (!hook) return std::move(hook).error().in("pot " + found->spec.name);
        found->run->hooks.push_back(*std::move(hook));
        return {};
    });
}

Status read_boot(Database& database, std::string& boot_id) {
    const Result<Statement*> query = database.statement("SELECT boot_id FROM machine");
    if (!query) return query.error();
    return (*query)->each([&](const Statement& row) -> Status {
        boot_id = row.string(0);
        return {};
    });
}

Status read_binds(Database& database, std::map<std::string, std::vector<core::BaseBind>>& binds) {
    const Result<Statement*> query =
        database.statement("SELECT base, source, target FROM base_binds ORDER BY base, position");
    if (!query) return query.error();
    return (*query)->each([&](const Statement& row) -> Status {
        binds[row.string(0)].push_back({row.string(1), row.string(2)});
        return {};
    });
}

Status read_revisions(Database& database, std::map<std::string, std::vector<core::BaseRevision>>& revisions) {
    const Result<Statement*> query = database.statement(
        "SELECT base, number, path, created_at, size FROM base_revisions ORDER BY base, number");
    if (!query) return query.error();
    return (*query)->each([&](const Statement& row) -> Status {
        revisions[row.string(0)].push_back({static_cast<std::uint32_t>(row.integer(1)), row.string(2),
                                            core::WallTime{row.integer(3)}, row.integer(4)});
        return {};
    });
}

Result<core::Base> read_base(const Statement& row) {
    core::Base base;
    base.name = row.string(0);
    const auto source = base_source_from(row.text(1));
    if (!source) return unreadable("base " + base.name, "source", row.text(1));
    base.source = *source;
    base.origin = row.string(2);
    base.path = row.string(3);
    base.created_at.ms = row.integer(4);
    base.size = row.integer(5);
    base.pot = row.string(6);
    base.is_going = row.integer(7) != 0;
    base.revision = static_cast<std::uint32_t>(row.integer(8));
    base.previous = static_cast<std::uint32_t>(row.integer(9));
    base.last_revision = static_cast<std::uint32_t>(row.integer(10));
    return base;
}

Status read_bases(Database& database, std::vector<core::Base>& bases) {
    std::map<std::string, std::vector<core::BaseBind>> binds;
    if (Status read = read_binds(database, binds); !read) return read;
    std::map<std::string, std::vector<core::BaseRevision>> revisions;
    if (Status read = read_revisions(database, revisions); !read) return read;
    const Result<Statement*> query = database.statement(
        "SELECT name, source, origin, path, created_at, size, pot, is_going, revision, previous, "
        "last_revision"
        " FROM bases ORDER BY name");
    if (!query) return query.error();
    return (*query)->each([&](const Statement& row) -> Status {
        Result<core::Base> base = read_base(row);
        if (!base) return std::move(base).error();
        base->binds = binds[base->name];
        base->others = revisions[base->name];
        bases.push_back(*std::move(base));
        return {};
    });
}

Status read_all(Database& database, const SpecCodec& codec, core::StoredState& state) {
    if (Status pots = read_pots(database, codec, state.pots); !pots) return pots;
    if (Status hooks = read_hooks(database, state.pots); !hooks) return hooks;
    if (Status leases = read_leases(database, state.pots); !leases) return leases;
    if (Status bridges = read_bridges(database, state.bridges); !bridges) return bridges;
    if (Status boot = read_boot(database, state.boot_id); !boot) return boot;
    if (Status bases = read_bases(database, state.bases); !bases) return bases;
    if (Status volumes = read_volumes(database, state.volumes); !volumes) return volumes;
    if (Status snapshots = read_snapshots(database, state); !snapshots) return snapshots;
    Result<std::vector<core::StoredOperation>> operations = read_operations(database);
    if (!operations) return std::move(operations).error();
    state.operations = *std::move(operations);
    if (Status tokens = read_tokens(database, state.tokens); !tokens) return tokens;
    if (Status secrets = read_secrets(database, state.secrets); !secrets) return secrets;
    const Result<std::uint64_t> audited = read_last_audit(database);
    if (!audited) return audited.error();
    state.last_audit = *audited;
    const Result<std::uint64_t> last = read_last_event(database);
    if (!last) return last.error();
    state.last_event = *last;
    return {};
}

}  // namespace

Result<core::StoredState> read_state(Database& database, const SpecCodec& codec) {
    core::StoredState state;
    if (Status begun = database.execute("BEGIN"); !begun) return std::move(begun).error();
    Status read = read_all(database, codec, state);
    Status ended = database.execute("COMMIT");
    if (!read) return std::move(read).in(database.file().string()).error();
    if (!ended) return std::move(ended).error();
    return state;
}

Result<std::uint64_t> read_last_event(Database& database) {
    // The newest one is never deleted, so the greatest number is the count of all that were.
    const Result<Statement*> query = database.statement("SELECT coalesce(max(number), 0) FROM events");
    if (!query) return query.error();
    std::uint64_t last = 0;
    const Status read = (*query)->each([&](const Statement& row) -> Status {
        last = static_cast<std::uint64_t>(row.integer(0));
        return {};
    });
    if (!read) return read.error();
    return last;
}

}  // namespace potd::storage
