#include "client/command/stop_request.hpp"
#include "client/command/table.hpp"

namespace potd::client {
namespace {

Result<int> run_restart(Invocation& invocation) {
    return stop_each(invocation, "restart");
}

}  // namespace

const Command restart_command{
    "restart",
    "",
    Section::Running,
    Operands::Pots,
    "[-p] POT... [-t DURATION] [--async]",
    "stop pots and start them again",
    "A pot that does not run is started. Running pots that depend on it are stopped first "
    "and come up again after it.",
    stop_options,
    run_restart};

}  // namespace potd::client
