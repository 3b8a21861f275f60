#include "client/command/async.hpp"
#include "client/command/table.hpp"
#include "client/command/volume_option.hpp"

namespace potd::client {
namespace {

constexpr Option options[] = {
    pot_option,
    {'s', "snapshot", "SNAPSHOT", "to which one, by name or number; the newest if not given"},
    {'F', "force", "", "destroy the snapshots that are newer than it"},
    async_option,
    volume_option,
};

Result<int> run(Invocation& invocation) {
    const auto pot = invocation.pot();
    if (!pot) return pot.failure();
    Value body = Value::object();
    if (const auto snapshot = invocation.value("snapshot")) body.set("snapshot", *snapshot);
    if (invocation.has("force")) body.set("destroy_newer", true);
    prefer_async(invocation);
    const auto done = invocation.api().post(pot_url(*pot, "/rollback"), body);
    if (!done) return done.failure();
    print_operation(invocation, *done);
    return exit_code::ok;
}

}  // namespace

const Command revert_command{"revert",
                             "rollback",
                             Section::Objects,
                             Operands::Pot,
                             "[-p] POT [-s SNAPSHOT] [-F] [--async]",
                             "give a pot the files it had at a snapshot",
                             "The pot must not run. What was changed since then is lost.",
                             options,
                             run};

}  // namespace potd::client
