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
        const auto restarted = invocation.api().post(pot_url(pot, "/restart"), stop_request(invocation));
        if (!restarted) return restarted.failure();
        return Done{};
    });
}

}  // namespace

const Command restart_command{"restart",
                              "",
                              Section::Running,
                              Operands::Pots,
                              "[-p] POT... [-t DURATION]",
                              "stop pots and start them again",
                              "A pot that does not run is started.",
                              options,
                              run};

}  // namespace potd::client
