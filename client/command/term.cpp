#include "client/command/remote_shell.hpp"
#include "client/command/table.hpp"

namespace potd::client {
namespace {

constexpr Option term_options[] = {
    pot_option,
    {'f', "force", "", "start the pot if it does not run"},
};

Result<int> run_term(Invocation& invocation) {
    const auto pot = invocation.pot();
    if (!pot) return pot.failure();
    return open_shell(invocation, *pot, invocation.has("force"));
}

}  // namespace

const Command term_command{"term",
                           "",
                           Section::Running,
                           Operands::Pot,
                           "[-p] POT [-f]",
                           "open root's login shell in a pot",
                           "If standard input is no terminal the shell has none either: it reads commands "
                           "from there and ends with it.",
                           term_options,
                           run_term};

}  // namespace potd::client
