#include "client/command/table.hpp"
#include "client/text/words.hpp"

namespace potd::client {
namespace {

constexpr Option set_cmd_options[] = {
    pot_option,
    {'c', "cmd", "LINE", "the command as one line, split by the quoting rules of sh"},
    {0, "none", "", "no command: the pot stays up by itself"},
};

Result<std::vector<std::string>> words(const Invocation& invocation) {
    const auto line = invocation.value("cmd");
    const auto& typed = invocation.arguments().command;
    const int ways = (line ? 1 : 0) + (typed.empty() ? 0 : 1) + (invocation.has("none") ? 1 : 0);
    if (ways != 1) return usage("one of -c LINE, -- COMMAND... and --none is needed");
    if (!line) return typed;
    auto split = split_words(*line);
    if (split && split->empty()) return usage("the command line is empty", "--none takes the command away");
    return split;
}

Result<int> run_set_cmd(Invocation& invocation) {
    const auto pot = invocation.pot();
    if (!pot) return pot.failure();
    const auto command = words(invocation);
    if (!command) return command.failure();
    Value patch;
    patch.set("command", *command);
    const auto changed = invocation.api().patch(pot_url(*pot), patch);
    if (!changed) return changed.failure();
    return exit_code::ok;
}

}  // namespace

const Command set_cmd_command{
    "set-cmd",
    "",
    Section::Settings,
    Operands::PotThenCommand,
    "-p POT -c LINE | -p POT -- COMMAND...",
    "set the command a pot runs",
    "A line is split into words as sh would: 'x' and \"x\" keep blanks, a backslash takes the next character "
    "as it is. "
    "Nothing is expanded; what only a shell could carry out is refused. Takes effect at the next start.",
    set_cmd_options,
    run_set_cmd};

}  // namespace potd::client
