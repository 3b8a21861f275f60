#include "client/command/table.hpp"

namespace potd::client {
namespace {

constexpr Option kill_options[] = {
    pot_option,
    {'s', "signal", "SIGNAL", "by name or number; KILL if not given"},
    {'a', "all", "", "to every process of the pot, not only the main one"},
};

Result<int> run_kill(Invocation& invocation) {
    Value body;
    body.set("signal", invocation.value("signal").value_or("KILL"));
    body.set("target", invocation.has("all") ? "all" : "main");
    return for_each_pot(invocation, [&](const std::string& pot) -> Status {
        const auto killed = invocation.api().post(pot_url(pot, "/kill"), body);
        if (!killed) return killed.failure();
        return Done{};
    });
}

}  // namespace

const Command kill_command{"kill",
                           "",
                           Section::Running,
                           Operands::Pots,
                           "[-p] POT... [-s SIGNAL] [-a]",
                           "send a signal to pots, SIGKILL if none is given",
                           "Returns when the signal is delivered; wait tells the end.",
                           kill_options,
                           run_kill};

}  // namespace potd::client
