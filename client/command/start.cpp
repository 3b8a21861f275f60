#include "client/command/async.hpp"
#include "client/command/pot_view.hpp"
#include "client/command/table.hpp"

namespace potd::client {
namespace {

constexpr Option options[] = {
    pot_option,
    async_option,
    {'s', "snapshot", "", "take a snapshot of each that does not run first"},
    {'S',
     "snapshot-volumes",
     "",
     "take a snapshot of its volumes",
     Completes::Nothing,
     {},
     "volumes are not in this version"},
};

/// Of one that is up there is nothing to keep before a start.
Status take_snapshot(Invocation& invocation, const std::string& pot) {
    const auto now = invocation.api().get(pot_url(pot));
    if (!now) return now.failure();
    if (is_up(*now)) return Done{};
    const auto taken = invocation.api().post(pot_url(pot, "/snapshots"), Value::object());
    if (!taken) return taken.failure();
    return Done{};
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

Result<int> run(Invocation& invocation) {
    if (invocation.has("snapshot") && invocation.has("async"))
        return usage("-s and --async exclude each other");
    prefer_async(invocation);
    return for_each_pot(invocation, [&](const std::string& pot) {
        const Status kept = invocation.has("snapshot") ? take_snapshot(invocation, pot) : Status(Done{});
        return kept ? start_one(invocation, pot) : kept;
    });
}

}  // namespace

const Command start_command{"start",
                            "",
                            Section::Running,
                            Operands::Pots,
                            "[-p] POT... [-s | --async]",
                            "start pots",
                            "Returns as soon as the pot's process runs; wait and logs tell the rest. A pot "
                            "that already runs is left alone.",
                            options,
                            run};

}  // namespace potd::client
