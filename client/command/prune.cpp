#include "client/command/prune.hpp"

#include "client/command/pot_view.hpp"
#include "client/command/table.hpp"
#include "client/text/width.hpp"

namespace potd::client {
namespace {

constexpr Option prune_options[] = {
    {'q', "quiet", "", "do not print what was destroyed"},
    {'n', "dry-run", "", "only tell what would be destroyed"},
    {'g', "grace", "", "spare pots that ended less than a minute ago"},
    {0, "bases", "", "also remove the bases that no pot uses"},
};

/// What went of each pot: "web  3 log files  48.0M".
void print_past(Invocation& invocation, const Value& items, std::string_view count, std::string_view what) {
    for (const auto& item : items.items()) {
        invocation.print_line(harmless(item["pot"].text()) + "  " + whole(item[count]) + " " +
                              std::string(what) + "  " + size(item["bytes"]));
    }
}

Result<int> print_pruned(Invocation& invocation, const Value& pruned) {
    if (!invocation.has("quiet")) {
        for (const std::string_view kind : {"removed", "bases"}) {
            for (const auto& name : pruned[kind].items()) invocation.print_line(name.text());
        }
        print_past(invocation, pruned["runs"], "runs", "runs");
        print_past(invocation, pruned["logs"], "files", "log files");
        if (!pruned["runs"].items().empty() || !pruned["logs"].items().empty())
            invocation.print_line("in all  " + size(pruned["bytes"]));
    }
    for (const auto& problem : pruned["problems"].items()) invocation.note(harmless(problem.text()));
    return pruned["problems"].items().empty() ? exit_code::ok : exit_code::failed;
}

Result<int> run_prune(Invocation& invocation) {
    return run_prune(invocation, Value::object());
}

}  // namespace

Result<int> run_prune(Invocation& invocation, Value request) {
    if (invocation.has("dry-run")) request.set("dry_run", true);
    if (invocation.has("bases")) request.set("bases", true);
    if (invocation.has("grace")) request.set("grace", "1m");
    const auto pruned = invocation.api().post("/v1/system/prune", request);
    if (!pruned) return pruned.failure();
    return print_pruned(invocation, *pruned);
}

const Command prune_command{"prune",
                            "",
                            Section::Objects,
                            Operands::None,
                            "",
                            "destroy the prunable pots that have run and stopped",
                            "",
                            prune_options,
                            run_prune};

}  // namespace potd::client
