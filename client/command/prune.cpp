#include "client/command/prune.hpp"

#include "client/command/table.hpp"

namespace potd::client {
namespace {

constexpr Option options[] = {
    {'q', "quiet", "", "do not print what was destroyed"},
    {'n', "dry-run", "", "only tell", Completes::Nothing, {}, "a dry run is not in this version"},
    {'g',
     "grace",
     "",
     "spare pots that ended less than a minute ago",
     Completes::Nothing,
     {},
     "a period of grace is not in this version"},
};

}  // namespace

Result<int> run_prune(Invocation& invocation) {
    const auto pruned = invocation.api().post("/v1/system/prune");
    if (!pruned) return pruned.failure();
    if (invocation.has("quiet")) return exit_code::ok;
    for (const auto& name : (*pruned)["removed"].items()) invocation.print_line(name.text());
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
