#include "client/command/stop_request.hpp"
#include "client/command/table.hpp"

namespace potd::client {
namespace {

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
    stop_options,
    run_stop};

}  // namespace potd::client
