#include "storage/sqlite/change_writer.hpp"

#include "storage/sqlite/audit_rows.hpp"
#include "storage/sqlite/bridge_rows.hpp"
#include "storage/sqlite/details.hpp"
#include "storage/sqlite/operation_rows.hpp"
#include "storage/sqlite/rows.hpp"
#include "storage/sqlite/secret_rows.hpp"
#include "storage/sqlite/snapshot_rows.hpp"
#include "storage/sqlite/token_rows.hpp"
#include "storage/sqlite/volume_rows.hpp"

#include <string>
#include <string_view>
#include <variant>

namespace potd::storage {
namespace {

using core::Result;
using core::Status;

// Not INSERT OR REPLACE: that deletes the old row first, and its runs with it.
constexpr std::string_view put_pot =
    "INSERT INTO pots (id, name, state, desired, created_at, changed_at, version, driver, last_error, spec,"
    " restarts, next_start_at, health, first_host_id, origin_pot, origin_number, origin_name, "
    "origin_snapshot, unfinished, own_spec, base_revision, revert_to, frozen_by)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20,"
    " ?21, ?22, ?23)"
    " ON CONFLICT (id) DO UPDATE SET name = ?2, state = ?3, desired = ?4, created_at = ?5, changed_at = ?6,"
    " version = ?7, driver = ?8, last_error = ?9, spec = ?10, restarts = ?11, next_start_at = ?12,"
    " health = ?13, first_host_id = ?14, origin_pot = ?15, origin_number = ?16, origin_name = ?17,"
    " origin_snapshot = ?18, unfinished = ?19, own_spec = ?20, base_revision = ?21, revert_to = ?22,"
    " frozen_by = ?23";

constexpr std::string_view put_run =
    "INSERT INTO runs (pot, number, requested_at, started_at, monitor_pid, monitor_start, init_pid,"
    " init_start, main_pid, main_start, boot_id, ended_at, exit_code, signal, oom, lost, reason, peak_memory,"
    " cause, stage, stop_cause, oom_kills, oom_victim)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21,"
    " ?22, ?23)"
    " ON CONFLICT (pot, number) DO UPDATE SET requested_at = ?3, started_at = ?4, monitor_pid = ?5,"
    " monitor_start = ?6, init_pid = ?7, init_start = ?8, main_pid = ?9, main_start = ?10, boot_id = ?11,"
    " ended_at = ?12, exit_code = ?13, signal = ?14, oom = ?15, lost = ?16, reason = ?17, peak_memory = ?18,"
    " cause = ?19, stage = ?20, stop_cause = ?21, oom_kills = ?22, oom_victim = ?23";

constexpr std::string_view put_hook =
    "INSERT INTO run_hooks (pot, run, position, stage, spec_index, attempt, started_at, ended_at, exit_code,"
    " signal, problem, output, truncated) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)"
    " ON CONFLICT (pot, run, position) DO UPDATE SET ended_at = ?8, exit_code = ?9, signal = ?10,"
    " problem = ?11, output = ?12, truncated = ?13";

constexpr std::string_view put_boot =
    "INSERT INTO machine (only, boot_id) VALUES (1, ?1) ON CONFLICT (only) DO UPDATE SET boot_id = ?1";

constexpr std::string_view put_base =
    "INSERT INTO bases (name, source, origin, path, created_at, size, pot, is_going, revision, previous,"
    " last_revision) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT (name) DO UPDATE"
    " SET source = ?2, origin = ?3, path = ?4, created_at = ?5, size = ?6, pot = ?7, is_going = ?8,"
    " revision = ?9, previous = ?10, last_revision = ?11";

constexpr std::string_view put_base_revision =
    "INSERT INTO base_revisions (base, number, path, created_at, size) VALUES (?1, ?2, ?3, ?4, ?5)";

/// The column knows two words; with a snapshot to go back to it is "keep".
std::string_view stored_word(core::IfUnfinished then) {
    return core::to_string(then == core::IfUnfinished::Revert ? core::IfUnfinished::Keep : then);
}

constexpr std::string_view put_bind =
    "INSERT INTO base_binds (base, position, source, target) VALUES (?1, ?2, ?3, ?4)";

constexpr std::string_view append_event =
    "INSERT INTO events (number, time, type, pot_id, pot, run, details) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";

}  // namespace

/// What a change of each kind makes of the database.
struct ChangeWriter::Applied {
    Status operator()(const core::PutPot& change) const {
        return writer.put(change.pot).in("pot " + change.pot.spec.name);
    }
    Status operator()(const core::RemovePot& change) const {
        return writer.remove("DELETE FROM pots WHERE id = ?1", change.id.text).in("pot " + change.id.text);
    }
    Status operator()(const core::PutRun& change) const { return writer.put(change.pot, change.run); }
    Status operator()(const core::RemoveRuns& change) const {
        return writer.remove(change).in("runs of pot " + change.pot.text);
    }
    Status operator()(const core::PutBase& change) const {
        return writer.put(change.base).in("base " + change.base.name);
    }
    Status operator()(const core::PutBoot& change) const { return writer.put(change); }
    Status operator()(const core::RemoveBase& change) const {
        return writer.remove("DELETE FROM bases WHERE name = ?1", change.name).in("base " + change.name);
    }
    Status operator()(const core::RemoveBaseRevision& change) const {
        return writer.remove(change).in("base " + change.base);
    }
    Status operator()(const core::PutOperation& change) const {
        return put_operation(writer.database_, change);
    }
    Status operator()(const core::RemoveOperation& change) const {
        return remove_operation(writer.database_, change.id);
    }
    Status operator()(const core::PutSnapshot& change) const {
        return put_snapshot(writer.database_, change.snapshot).in("snapshot " + change.snapshot.name);
    }
    Status operator()(const core::RemoveSnapshot& change) const {
        return remove_snapshot(writer.database_, change.key);
    }
    Status operator()(const core::PutVolume& change) const {
        return put_volume(writer.database_, change.volume).in("fscomp " + change.volume.name);
    }
    Status operator()(const core::ChangeVolume& change) const {
        return change_volume(writer.database_, change.volume).in("fscomp " + change.volume.name);
    }
    Status operator()(const core::RemoveVolume& change) const {
        return remove_volume(writer.database_, change.name).in("fscomp " + change.name);
    }
    Status operator()(const core::PutVolumeSnapshot& change) const {
        return put_snapshot(writer.database_, change.snapshot).in("snapshot " + change.snapshot.name);
    }
    Status operator()(const core::RemoveVolumeSnapshot& change) const {
        return remove_snapshot(writer.database_, change.key);
    }
    Status operator()(const core::PutBridge& change) const {
        return put_bridge(writer.database_, change.bridge).in("network " + change.bridge.name);
    }
    Status operator()(const core::RemoveBridge& change) const {
        return remove_bridge(writer.database_, change.name).in("network " + change.name);
    }
    Status operator()(const core::PutLeases& change) const {
        return put_leases(writer.database_, change.pot, change.leases).in("pot " + change.pot.text);
    }
    Status operator()(const core::PutToken& change) const {
        return put_token(writer.database_, change.token).in("token " + change.token.name);
    }
    Status operator()(const core::RemoveToken& change) const {
        return remove_token(writer.database_, change.name).in("token " + change.name);
    }
    Status operator()(const core::PutSecrets& change) const {
        return put_secrets(writer.database_, change.pot, change.secrets).in("pot " + change.pot.text);
    }
    Status operator()(const core::AppendAudit& change) const {
        return put_audit(writer.database_, change.entry).in("audit");
    }
    Status operator()(const core::EndAudit& change) const {
        return end_audit(writer.database_, change.end).in("audit");
    }
    Status operator()(const core::AppendEvent& change) const {
        return writer.append(change.event, ++last_event).in("event " + change.event.type);
    }

    ChangeWriter& writer;
    std::uint64_t& last_event;
};

Status ChangeWriter::apply(std::span<const core::Change> changes, std::uint64_t& last_event) {
    const Applied one{*this, last_event};
    for (const core::Change& change : changes) {
        if (Status done = std::visit(one, change); !done) return done;
    }
    return {};
}

Status ChangeWriter::put(const core::Pot& pot) {
    const Result<Statement*> statement = database_.statement(put_pot);
    if (!statement) return statement.error();
    const std::string spec = codec_.encode(pot.spec);
    const core::PotOrigin origin = pot.origin.value_or(core::PotOrigin{});
    const core::Unfinished* unfinished = pot.unfinished.get();
    const std::string own_spec = unfinished != nullptr ? codec_.encode(unfinished->spec) : std::string();
    return (*statement)
        ->bind(1, std::string_view(pot.id.text))
        .bind(2, std::string_view(pot.spec.name))
        .bind(3, core::to_string(pot.state))
        .bind(4, core::to_string(pot.desired))
        .bind(5, pot.created_at.ms)
        .bind(6, pot.changed_at.ms)
        .bind(7, static_cast<std::int64_t>(pot.version))
        .bind(8, std::string_view(pot.driver))
        .bind(9, std::string_view(pot.last_error))
        .bind(10, std::string_view(spec))
        .bind(11, std::int64_t{pot.restarts})
        .bind(12, pot.next_start_at ? std::optional(pot.next_start_at->ms) : std::nullopt)
        .bind(13, core::to_string(pot.health))
        .bind(14, std::int64_t{pot.first_host_id})
        .bind(15, std::string_view(origin.key.pot.text))
        .bind(16, std::int64_t{origin.key.number})
        .bind(17, std::string_view(origin.pot))
        .bind(18, std::string_view(origin.snapshot))
        .bind(19, unfinished != nullptr ? stored_word(unfinished->then) : std::string_view())
        .bind(20, std::string_view(own_spec))
        .bind(21, std::int64_t{pot.base_revision})
        .bind(22, std::int64_t{unfinished != nullptr ? unfinished->revert_to : 0})
        .bind(23, std::string_view(pot.frozen_by))
        .run();
}

Status ChangeWriter::put(const core::PotId& pot, const core::Run& run) {
    const Result<Statement*> statement = database_.statement(put_run);
    if (!statement) return statement.error();
    (*statement)->bind(1, std::string_view(pot.text));
    bind_run(**statement, run, 2);
    Status done = (*statement)->run();
    if (done) done = put_hooks(pot, run);
    const std::int64_t old = std::int64_t{run.number} - runs_kept_;
    if (done && runs_kept_ > 0 && old > 0) done = forget_runs(pot, old);
    return std::move(done).in("run " + core::kernel_name({pot, run.number}));
}

Status ChangeWriter::forget_runs(const core::PotId& pot, std::int64_t up_to) {
    const Result<Statement*> statement =
        database_.statement("DELETE FROM runs WHERE pot = ?1 AND number <= ?2");
    if (!statement) return statement.error();
    return (*statement)->bind(1, std::string_view(pot.text)).bind(2, up_to).run();
}

Status ChangeWriter::remove(const core::RemoveRuns& runs) {
    const Result<Statement*> statement = database_.statement(
        "DELETE FROM runs WHERE pot = ?1 AND number <= ?2 AND ended_at <= ?3"
        " AND number < (SELECT max(number) FROM runs WHERE pot = ?1)");
    if (!statement) return statement.error();
    return (*statement)
        ->bind(1, std::string_view(runs.pot.text))
        .bind(2, std::int64_t{runs.up_to})
        .bind(3, runs.ended_before.ms)
        .run();
}

Status ChangeWriter::put_hooks(const core::PotId& pot, const core::Run& run) {
    if (run.hooks.empty()) return {};
    const Result<Statement*> statement = database_.statement(put_hook);
    if (!statement) return statement.error();
    std::int64_t position = 0;
    for (const core::HookRecord& hook : run.hooks) {
        (*statement)
            ->bind(1, std::string_view(pot.text))
            .bind(2, std::int64_t{run.number})
            .bind(3, position++);
        bind_hook(**statement, hook, 4);
        if (Status done = (*statement)->run(); !done) return done;
    }
    return {};
}

Status ChangeWriter::put(const core::PutBoot& boot) {
    const Result<Statement*> statement = database_.statement(put_boot);
    if (!statement) return statement.error();
    return (*statement)->bind(1, std::string_view(boot.boot_id)).run();
}

Status ChangeWriter::put(const core::Base& base) {
    const Result<Statement*> statement = database_.statement(put_base);
    if (!statement) return statement.error();
    Status done = (*statement)
                      ->bind(1, std::string_view(base.name))
                      .bind(2, to_string(base.source))
                      .bind(3, std::string_view(base.origin))
                      .bind(4, std::string_view(base.path))
                      .bind(5, base.created_at.ms)
                      .bind(6, base.size)
                      .bind(7, std::string_view(base.pot))
                      .bind(8, std::int64_t{base.is_going})
                      .bind(9, std::int64_t{base.revision})
                      .bind(10, std::int64_t{base.previous})
                      .bind(11, std::int64_t{base.last_revision})
                      .run();
    if (done) done = put_revisions(base);
    return done ? put_binds(base) : done;
}

Status ChangeWriter::put_revisions(const core::Base& base) {
    if (Status gone = remove("DELETE FROM base_revisions WHERE base = ?1", base.name); !gone) return gone;
    const Result<Statement*> statement = database_.statement(put_base_revision);
    if (!statement) return statement.error();
    for (const core::BaseRevision& other : base.others) {
        Status done = (*statement)
                          ->bind(1, std::string_view(base.name))
                          .bind(2, std::int64_t{other.number})
                          .bind(3, std::string_view(other.path))
                          .bind(4, other.created_at.ms)
                          .bind(5, other.size)
                          .run();
        if (!done) return done;
    }
    return {};
}

Status ChangeWriter::remove(const core::RemoveBaseRevision& revision) {
    const Result<Statement*> statement =
        database_.statement("DELETE FROM base_revisions WHERE base = ?1 AND number = ?2");
    if (!statement) return statement.error();
    return (*statement)
        ->bind(1, std::string_view(revision.base))
        .bind(2, std::int64_t{revision.number})
        .run();
}

Status ChangeWriter::put_binds(const core::Base& base) {
    if (Status gone = remove("DELETE FROM base_binds WHERE base = ?1", base.name); !gone) return gone;
    const Result<Statement*> statement = database_.statement(put_bind);
    if (!statement) return statement.error();
    std::int64_t position = 0;
    for (const core::BaseBind& bind : base.binds) {
        Status done = (*statement)
                          ->bind(1, std::string_view(base.name))
                          .bind(2, position++)
                          .bind(3, std::string_view(bind.source))
                          .bind(4, std::string_view(bind.target))
                          .run();
        if (!done) return done;
    }
    return {};
}

Status ChangeWriter::append(const core::Event& event, std::uint64_t number) {
    const Result<Statement*> statement = database_.statement(append_event);
    if (!statement) return statement.error();
    const std::string details = encode_details(event.details);
    return (*statement)
        ->bind(1, static_cast<std::int64_t>(number))
        .bind(2, event.time.ms)
        .bind(3, std::string_view(event.type))
        .bind(4, std::string_view(event.pot_id))
        .bind(5, std::string_view(event.pot))
        .bind(6, std::int64_t{event.run})
        .bind(7, std::string_view(details))
        .run();
}

Status ChangeWriter::remove(std::string_view sql, std::string_view key) {
    const Result<Statement*> statement = database_.statement(sql);
    if (!statement) return statement.error();
    return (*statement)->bind(1, key).run();
}

}  // namespace potd::storage
