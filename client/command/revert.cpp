#include "client/command/async.hpp"
#include "client/command/snapshot_owner.hpp"
#include "client/command/table.hpp"

namespace potd::client {
namespace {

constexpr Option revert_options[] = {
    pot_option,
    {'s', "snapshot", "SNAPSHOT", "to which one, by name or number; the newest if not given"},
    {'F', "force", "", "destroy the snapshots that are newer than it"},
    async_option,
    volume_option,
};

Result<int> run_revert(Invocation& invocation) {
    const auto place = snapshot_owner_url(invocation, "/rollback");
    if (!place) return place.failure();
    Value body = Value::object();
    if (const auto snapshot = invocation.value("snapshot")) body.set("snapshot", *snapshot);
    if (invocation.has("force")) body.set("destroy_newer", true);
    prefer_async(invocation);
    const auto done = invocation.api().post(*place, body);
    if (!done) return done.failure();
    print_operation(invocation, *done);
    return exit_code::ok;
}

}  // namespace

const Command revert_command{
    "revert",
    "rollback",
    Section::Objects,
    Operands::Pot,
    "{[-p] POT | -f FSCOMP} [-s SNAPSHOT] [-F] [--async]",
    "give a pot or a volume the files it had at a snapshot",
    "The pot must not run, nor any that mounts the volume. What was changed since then is lost.",
    revert_options,
    run_revert};

}  // namespace potd::client
