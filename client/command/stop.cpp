#include "client/command/stop_request.hpp"
#include "client/command/table.hpp"

namespace potd::client {
namespace {

constexpr Option options[] = {
    pot_option,
    stop_timeout_option,
    stop_signal_option,
};

Result<int> run(Invocation& invocation) {
    return for_each_pot(invocation, [&](const std::string& pot) -> Status {
        const auto stopped = invocation.api().post(pot_url(pot, "/stop"), stop_request(invocation));
        if (!stopped) return stopped.failure();
        return Done{};
    });
}

}  // namespace

const Command stop_command{
    "stop",
    "",
    Section::Running,
    Operands::Pots,
    "[-p] POT... [-t DURATION]",
    "stop pots",
    "Returns when everything in the pot has ended and is cleaned up. The pot's stop signal "
    "comes first, then, after the timeout, SIGKILL. Stopping a stopped pot is no failure.",
    options,
    run};

}  // namespace potd::client
