#include "client/command/table.hpp"

namespace potd::client {
namespace {

constexpr Option options[] = {
    pot_option,
    {'s',
     "snapshot",
     "",
     "take a snapshot first",
     Completes::Nothing,
     {},
     "snapshots are not in this version"},
    {'S',
     "snapshot-volumes",
     "",
     "take a snapshot of its volumes",
     Completes::Nothing,
     {},
     "snapshots are not in this version"},
};

/// As with pot, a pot that already runs is no failure.
Status start_one(Invocation& invocation, const std::string& pot) {
    const auto started = invocation.api().post(pot_url(pot, "/start"));
    if (started) return Done{};
    if (started.failure().exit != exit_code::conflict) return started.failure();
    const auto now = invocation.api().get(pot_url(pot));
    if (!now || (*now)["state"].text() != "running") return started.failure();
    invocation.note("start: " + pot + " is already running");
    return Done{};
}

Result<int> run(Invocation& invocation) {
    return for_each_pot(invocation, [&](const std::string& pot) { return start_one(invocation, pot); });
}

}  // namespace

const Command start_command{"start",
                            "",
                            Section::Running,
                            Operands::Pots,
                            "[-p] POT...",
                            "start pots",
                            "Returns as soon as the pot's process runs; wait and logs tell the rest. A pot "
                            "that already runs is left alone.",
                            options,
                            run};

}  // namespace potd::client
