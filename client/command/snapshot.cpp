#include "client/command/async.hpp"
#include "client/command/table.hpp"
#include "client/command/volume_option.hpp"

namespace potd::client {
namespace {

constexpr Option options[] = {
    pot_option,
    {'n', "name", "NAME", "its name; else made of the time and a number"},
    {'r', "replace", "", "destroy the oldest one when the new one is there"},
    {'q', "quiet", "", "do not print its name"},
    async_option,
    volume_option,
};

Result<int> run(Invocation& invocation) {
    const auto pot = invocation.pot();
    if (!pot) return pot.failure();
    Value body = Value::object();
    if (const auto name = invocation.value("name")) body.set("name", *name);
    if (invocation.has("replace")) body.set("replace_oldest", true);
    prefer_async(invocation);
    const auto taken = invocation.api().post(pot_url(*pot, "/snapshots"), body);
    if (!taken) return taken.failure();
    print_operation(invocation, *taken);
    const bool told = invocation.has("quiet") || invocation.has("async");
    if (!told) invocation.print_line((*taken)["name"].text());
    return exit_code::ok;
}

}  // namespace

const Command snapshot_command{"snapshot",
                               "snap",
                               Section::Objects,
                               Operands::Pot,
                               "[-p] POT [-n NAME] [-r] [--async]",
                               "keep the files of a pot as they are",
                               "The pot must not run, unless its file system can do it then (potctl system "
                               "info). Volumes, mounts and logs "
                               "are not part of it. revert goes back to it, clone makes a pot of it.",
                               options,
                               run};

}  // namespace potd::client
