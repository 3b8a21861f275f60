#include "client/command/table.hpp"

namespace potd::client {
namespace {

constexpr Option pause_options[] = {pot_option};

Result<int> run_pause(Invocation& invocation) {
    return for_each_pot(invocation, [&](const std::string& pot) -> Status {
        const auto done = invocation.api().post(pot_url(pot, "/pause"));
        if (!done) return done.failure();
        return Done{};
    });
}

}  // namespace

const Command pause_command{"pause",
                            "",
                            Section::Running,
                            Operands::Pots,
                            "[-p] POT...",
                            "freeze all processes of pots",
                            "",
                            pause_options,
                            run_pause};

}  // namespace potd::client
