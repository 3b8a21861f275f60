#include "client/command/prune.hpp"

#include "client/command/table.hpp"

namespace potd::client {
namespace {

constexpr Option options[] = {
    {'q', "quiet", "", "do not print what was destroyed"},
    {'n', "dry-run", "", "only tell what would be destroyed"},
    {'g', "grace", "", "spare pots that ended less than a minute ago"},
    {0, "bases", "", "also remove the bases that no pot uses"},
};

}  // namespace

Result<int> run_prune(Invocation& invocation) {
    Value request = Value::object();
    if (invocation.has("dry-run")) request.set("dry_run", true);
    if (invocation.has("bases")) request.set("bases", true);
    if (invocation.has("grace")) request.set("grace", "1m");
    const auto pruned = invocation.api().post("/v1/system/prune", request);
    if (!pruned) return pruned.failure();
    if (invocation.has("quiet")) return exit_code::ok;
    for (const std::string_view kind : {"removed", "bases"}) {
        for (const auto& name : (*pruned)[kind].items()) invocation.print_line(name.text());
    }
    return exit_code::ok;
}

const Command prune_command{"prune",
                            "",
                            Section::Objects,
                            Operands::None,
                            "",
                            "destroy the prunable pots that have run and stopped",
                            "",
                            options,
                            run_prune};

}  // namespace potd::client
