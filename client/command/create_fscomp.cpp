#include "client/command/async.hpp"
#include "client/command/table.hpp"

namespace potd::client {
namespace {

constexpr Option create_fscomp_options[] = {
    {'f', "fscomp", "FSCOMP", "its name"},
    {'q', "quiet", "", "say nothing unless it fails"},
    async_option,
};

Result<int> run_create_fscomp(Invocation& invocation) {
    const auto name = invocation.required("fscomp");
    if (!name) return name.failure();
    Value body = Value::object();
    body.set("name", *name);
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

const Command create_fscomp_command{
    "create-fscomp",
    "",
    Section::Objects,
    Operands::None,
    "-f FSCOMP [-q] [--async]",
    "make a volume that pots can mount",
    "It is empty, and prints its name. One that is there already stays as it is. mount-in shows it in a pot, "
    "create --mount FSCOMP:TARGET from the first start on.",
    create_fscomp_options,
    run_create_fscomp};

}  // namespace potd::client
