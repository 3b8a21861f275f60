#include "client/command/async.hpp"
#include "client/command/pot_view.hpp"
#include "client/command/table.hpp"

#include <set>

namespace potd::client {
namespace {

constexpr Option start_options[] = {
    pot_option,
    async_option,
    {'s', "snapshot", "", "take a snapshot of each that does not run first"},
    {'S', "snapshot-volumes", "", "take a snapshot of each volume that one which does not run mounts first"},
};

std::set<std::string> volumes_of(const Value& pot) {
    std::set<std::string> names;
    for (const Value& mount : pot["spec"]["mounts"].items()) {
        if (const std::string& name = mount["fscomp"].text(); !name.empty()) names.insert(name);
    }
    return names;
}

Status take_snapshots_of(Invocation& invocation, const std::set<std::string>& volumes) {
    for (const std::string& volume : volumes) {
        const auto taken = invocation.api().post(fscomp_url(volume) + "/snapshots", Value::object());
        if (!taken) return taken.failure();
    }
    return Done{};
}

/// Of one that is up there is nothing to keep before a start.
Status take_snapshots(Invocation& invocation, const std::string& pot) {
    const auto now = invocation.api().get(pot_url(pot));
    if (!now) return now.failure();
    if (is_up(*now)) return Done{};
    if (invocation.has("snapshot")) {
        const auto taken = invocation.api().post(pot_url(pot, "/snapshots"), Value::object());
        if (!taken) return taken.failure();
    }
    return invocation.has("snapshot-volumes") ? take_snapshots_of(invocation, volumes_of(*now)) : Done{};
}

/// As with pot, a pot that already runs is no failure.
Status start_one(Invocation& invocation, const std::string& pot) {
    const auto started = invocation.api().post(pot_url(pot, "/start"));
    if (started) {
        print_operation(invocation, *started);
        return Done{};
    }
    if (started.failure().exit != exit_code::conflict) return started.failure();
    const auto now = invocation.api().get(pot_url(pot));
    if (!now || (*now)["state"].text() != "running") return started.failure();
    invocation.note("start: " + pot + " is already running");
    return Done{};
}

Result<int> run_start(Invocation& invocation) {
    const bool keep = invocation.has("snapshot") || invocation.has("snapshot-volumes");
    if (keep && invocation.has("async")) return usage("-s and -S exclude --async");
    prefer_async(invocation);
    return for_each_pot(invocation, [&](const std::string& pot) {
        const Status kept = keep ? take_snapshots(invocation, pot) : Status(Done{});
        return kept ? start_one(invocation, pot) : kept;
    });
}

}  // namespace

const Command start_command{"start",
                            "",
                            Section::Running,
                            Operands::Pots,
                            "[-p] POT... [-s] [-S] [--async]",
                            "start pots",
                            "Returns as soon as the pot's process runs; wait and logs tell the rest. A pot "
                            "that already runs is left alone.",
                            start_options,
                            run_start};

}  // namespace potd::client
