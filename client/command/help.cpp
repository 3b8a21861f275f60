#include "client/document/help.hpp"

#include "client/command/table.hpp"
#include "client/text/suggestion.hpp"

namespace potd::client {
namespace {

Result<int> run_help(Invocation& invocation) {
    const auto& words = invocation.arguments().positionals;
    if (words.empty()) {
        invocation.print(overview_help());
        return exit_code::ok;
    }
    if (const Command* command = find_command(words.front())) {
        invocation.print(command_help(*command));
        return exit_code::ok;
    }
    for (const auto& missing : missing_commands()) {
        if (missing.name == words.front()) return failed(words.front() + ": " + std::string(missing.why));
    }
    std::vector<std::string_view> names;
    for (const Command* command : all_commands()) names.push_back(command->name);
    return usage("there is no command '" + words.front() + "'", did_you_mean(words.front(), names));
}

}  // namespace

const Command help_command{
    "help", "", Section::System, Operands::Words, "[COMMAND]", "list the commands, or explain one",
    "",     {}, run_help};

}  // namespace potd::client
