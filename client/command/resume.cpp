#include "client/command/table.hpp"

namespace potd::client {
namespace {

constexpr Option resume_options[] = {pot_option};

Result<int> run_resume(Invocation& invocation) {
    return for_each_pot(invocation, [&](const std::string& pot) -> Status {
        const auto done = invocation.api().post(pot_url(pot, "/resume"));
        if (!done) return done.failure();
        return Done{};
    });
}

}  // namespace

const Command resume_command{
    "resume",       "",        Section::Running, Operands::Pots, "[-p] POT...", "let paused pots go on", "",
    resume_options, run_resume};

}  // namespace potd::client
