#include "client/command/stop_request.hpp"
#include "client/command/table.hpp"

namespace potd::client {
namespace {

constexpr std::string_view internal = "pot's own processes call it so; potd has others";

constexpr Option stop_and_pots_options[] = {
    pot_option,
    stop_timeout_option,
    stop_signal_option,
    async_option,
    {'i', "internal", "", "of pot's inside", Completes::Nothing, {}, internal},
    {'s', "in-start", "", "of pot's inside", Completes::Nothing, {}, internal},
};

Result<int> run_stop(Invocation& invocation) {
    return stop_each(invocation, "stop");
}

}  // namespace

const Command stop_command{
    "stop",
    "",
    Section::Running,
    Operands::Pots,
    "[-p] POT... [-t DURATION] [--async]",
    "stop pots",
    "Returns when everything in the pot has ended and is cleaned up. The pot's stop command "
    "or stop signal comes first, then, after the timeout, SIGKILL; a signal given here goes before the "
    "command. Stopping a stopped pot is no failure.",
    stop_and_pots_options,
    run_stop};

}  // namespace potd::client
