#include "client/command/async.hpp"
#include "client/command/quota.hpp"
#include "client/command/table.hpp"

namespace potd::client {
namespace {

constexpr Option clone_fscomp_options[] = {
    {'f', "fscomp", "FSCOMP", "the name of the new one"},
    {'F', "from", "FSCOMP", "of which one", Completes::Fscomps},
    {'s', "snapshot", "SNAPSHOT", "which of its snapshots, by name or number; the newest if not given"},
    {0, "take-snapshot", "", "take one if it has none"},
    {'q', "quota", "SIZE", "most that may be in it, or none; as the other if not given"},
    {0, "quiet", "", "do not print the new one's name"},
    async_option,
};

Result<int> run_clone_fscomp(Invocation& invocation) {
    const auto name = invocation.required("fscomp");
    if (!name) return name.failure();
    const auto source = invocation.required("from");
    if (!source) return source.failure();
    Value body = Value::object();
    body.set("name", *name);
    if (const auto snapshot = invocation.value("snapshot")) body.set("snapshot", *snapshot);
    if (invocation.has("take-snapshot")) body.set("take_snapshot", true);
    if (const auto quota = invocation.value("quota")) body.set("quota", quota_value(*quota));
    prefer_async(invocation);
    const auto made = invocation.api().post(fscomp_url(*source) + "/clone", body);
    if (!made) return made.failure();
    print_operation(invocation, *made);
    const bool told = invocation.has("quiet") || invocation.has("async");
    if (!told) invocation.print_line((*made)["name"].text());
    return exit_code::ok;
}

}  // namespace

const Command clone_fscomp_command{
    "clone-fscomp",
    "",
    Section::Objects,
    Operands::None,
    "-f FSCOMP -F FSCOMP [-s SNAPSHOT] [--take-snapshot] [-q SIZE] [--quiet] [--async]",
    "make a volume with the files of a snapshot of another",
    "Neither needs the other afterwards. On btrfs and zfs it takes constant time, elsewhere it is a copy.",
    clone_fscomp_options,
    run_clone_fscomp};

}  // namespace potd::client
