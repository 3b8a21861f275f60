#include "client/command/async.hpp"
#include "client/command/quota.hpp"
#include "client/command/schedule_options.hpp"
#include "client/command/table.hpp"

namespace potd::client {
namespace {

constexpr Option create_fscomp_options[] = {
    {'f', "fscomp", "FSCOMP", "its name"},
    {'q', "quota", "SIZE", "most that may be in it, for instance 2G"},
    {0, "snapshot-every", "DURATION", "take a snapshot of it so often, 1m or longer"},
    {0, "snapshot-keep", "NUMBER", "of those so many stay, the newest; 24 if not given"},
    {0, "snapshot-keep-for", "DURATION", "of those the older ones go as well"},
    {0, "quiet", "", "say nothing unless it fails"},
    async_option,
};

Result<int> run_create_fscomp(Invocation& invocation) {
    const auto name = invocation.required("fscomp");
    if (!name) return name.failure();
    Value body = Value::object();
    body.set("name", *name);
    const auto schedule = schedule_from_options(invocation.arguments(), "snapshot-");
    if (!schedule) return schedule.failure();
    if (!schedule->is_null()) body.set("snapshots", *schedule);
    if (const auto quota = invocation.value("quota")) body.set("quota", quota_value(*quota));
    prefer_async(invocation);
    const auto made = invocation.api().post("/v1/fscomps", body);
    const bool quiet = invocation.has("quiet");
    if (!made) {
        // As with pot, one that is there already is as good as a new one.
        const bool taken =
            made.failure().exit == exit_code::conflict && invocation.api().get(fscomp_url(*name));
        if (!taken) return made.failure();
        if (!quiet) invocation.note("fscomp " + *name + " exists already");
        return exit_code::ok;
    }
    print_operation(invocation, *made);
    if (!quiet && !invocation.has("async")) invocation.print_line((*made)["name"].text());
    return exit_code::ok;
}

}  // namespace

const Command create_fscomp_command{"create-fscomp",
                                    "",
                                    Section::Objects,
                                    Operands::None,
                                    "-f FSCOMP [-q SIZE] [--snapshot-every DURATION] [--quiet] [--async]",
                                    "make a volume that pots can mount",
                                    "It is empty, and prints its name. One that is there already stays as it "
                                    "is, with its settings. mount-in shows it in a pot, "
                                    "create --mount FSCOMP:TARGET from the first start on.",
                                    create_fscomp_options,
                                    run_create_fscomp};

}  // namespace potd::client
