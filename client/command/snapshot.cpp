#include "client/command/async.hpp"
#include "client/command/snapshot_owner.hpp"
#include "client/command/spec_options.hpp"
#include "client/command/table.hpp"

namespace potd::client {
namespace {

constexpr Option snapshot_options[] = {
    pot_option,
    {'n', "name", "NAME", "its name; else made of the time and a number"},
    {'r', "replace", "", "destroy the oldest one when the new one is there"},
    {0, "label", "KEY=VALUE", "attach a label; may be repeated"},
    {'q', "quiet", "", "do not print its name"},
    async_option,
    volume_option,
};

Result<int> run_snapshot(Invocation& invocation) {
    const auto place = snapshot_owner_url(invocation, "/snapshots");
    if (!place) return place.failure();
    Value body = Value::object();
    if (const auto name = invocation.value("name")) body.set("name", *name);
    if (invocation.has("replace")) body.set("replace_oldest", true);
    for (const auto& text : invocation.arguments().values("label")) {
        const auto pair = split_pair("label", text);
        if (!pair) return pair.failure();
        body.at("labels").set(pair->first, pair->second);
    }
    prefer_async(invocation);
    const auto taken = invocation.api().post(*place, body);
    if (!taken) return taken.failure();
    print_operation(invocation, *taken);
    const bool told = invocation.has("quiet") || invocation.has("async");
    if (!told) invocation.print_line((*taken)["name"].text());
    return exit_code::ok;
}

}  // namespace

const Command snapshot_command{
    "snapshot",
    "snap",
    Section::Objects,
    Operands::Pot,
    "{[-p] POT | -f FSCOMP} [-n NAME] [-r] [--label KEY=VALUE]... [--async]",
    "keep the files of a pot or a volume as they are",
    "The pot must not run, unless its file system can do it then (potctl system "
    "info). Volumes, mounts and logs "
    "are not part of it. Of a volume: the pots that may write to it must not run, unless "
    "the state directory is on btrfs. revert goes back to it, clone and clone-fscomp make "
    "a new one of it.",
    snapshot_options,
    run_snapshot};

}  // namespace potd::client
