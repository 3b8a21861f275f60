#include "client/document/completion.hpp"

#include "client/command/table.hpp"

namespace potd::client {
namespace {

Result<int> run_completion(Invocation& invocation) {
    const auto& words = invocation.arguments().positionals;
    if (words.size() != 1) return usage("which shell?", "potctl completion bash | zsh | fish");
    if (words[0] == "bash") {
        invocation.print(bash_completion());
    } else if (words[0] == "zsh") {
        invocation.print(zsh_completion());
    } else if (words[0] == "fish") {
        invocation.print(fish_completion());
    } else {
        return usage("no completion for '" + words[0] + "'", "bash, zsh or fish");
    }
    return exit_code::ok;
}

}  // namespace

const Command completion_command{
    "completion",
    "",
    Section::System,
    Operands::Words,
    "bash | zsh | fish",
    "print the completion script of a shell",
    "For bash: . <(potctl completion bash). Names of pots and bases are completed live.",
    {},
    run_completion};

}  // namespace potd::client
