#include "client/document/completion.hpp"

#include "client/option/command.hpp"

namespace potd::client {
namespace {

template <class Function>
void for_each_option(const Command& command, Function&& function) {
    for (const Option& option : command.options) {
        if (option.missing.empty()) function(option);
    }
    for (const Option& option : common_options()) function(option);
}

template <class Function>
void for_each_name(const Command& command, Function&& function) {
    function(command.name);
    for_each_part(command.aliases, ' ', function);
}

bool wants_pots(const Command& command) {
    return command.operands != Operands::None && command.operands != Operands::Command &&
           command.operands != Operands::Words;
}

std::string_view kind_of(Completes completes) {
    switch (completes) {
        case Completes::Pots: return "pots";
        case Completes::Bases: return "bases";
        case Completes::Fscomps: return "fscomps";
        case Completes::Bridges: return "networks";
        case Completes::Attributes: return "attributes";
        case Completes::Contexts: return "contexts";
        case Completes::Files: return "files";
        case Completes::Directories: return "directories";
        case Completes::Nothing: break;
    }
    return "nothing";
}

/// "-p|--pot" as a shell pattern.
std::string pattern_of(const Option& option) {
    const std::string name = "--" + std::string(option.name);
    return option.letter == 0 ? name : std::string("-") + option.letter + '|' + name;
}

std::string shell_quoted(std::string_view text) {
    std::string out = "'";
    for (const char c : text) {
        if (c == '\'') {
            out += "'\\''";
        } else {
            out += c;
        }
    }
    return out + '\'';
}

std::string blanks_for_bars(std::string_view choices) {
    std::string out(choices);
    for (char& c : out) {
        if (c == '|') c = ' ';
    }
    return out;
}

/// case branches "command:option) what to complete" for bash and zsh.
std::string value_branches() {
    std::string out;
    for (const Command* command : all_commands()) {
        for_each_option(*command, [&](const Option& option) {
            if (option.argument.empty()) return;
            std::string patterns;
            for_each_part(pattern_of(option), '|', [&](std::string_view form) {
                for_each_name(*command, [&](std::string_view name) {
                    ((patterns += patterns.empty() ? "" : "|") += name) += ':' + std::string(form);
                });
            });
            const std::string what = option.choices.empty()
                                         ? "_potctl_" + std::string(kind_of(option.completes))
                                         : "_potctl_words " + blanks_for_bars(option.choices);
            out += "        " + patterns + ") " + what + "; return ;;\n";
        });
    }
    return out;
}

std::string option_words(const Command& command) {
    std::string words;
    for_each_option(command, [&](const Option& option) {
        if (option.letter != 0) (words += '-') += option.letter, words += ' ';
        words += "--" + std::string(option.name) + ' ';
    });
    words.pop_back();
    return words;
}

/// The words that may follow the name of a command, beside pots.
std::string_view verbs_of(const Command& command) {
    struct Verbs {
        std::string_view command, words;
    };
    constexpr Verbs all[] = {{"completion", "bash zsh fish"},
                             {"context", "list add use remove"},
                             {"oom", "log"},
                             {"operations", "list show wait output cancel"},
                             {"system", "info health df metrics openapi prune shutdown"}};
    for (const auto& each : all) {
        if (each.command == command.name) return each.words;
    }
    return {};
}

/// case branches "command) options and operands" for bash and zsh.
std::string command_branches() {
    std::string out;
    for (const Command* command : all_commands()) {
        std::string names;
        for_each_name(*command, [&](std::string_view name) { (names += names.empty() ? "" : "|") += name; });
        out += "        " + names + ")\n            options=" + shell_quoted(option_words(*command)) + '\n';
        if (wants_pots(*command)) out += "            operands=_potctl_pots\n";
        if (const auto verbs = verbs_of(*command); !verbs.empty())
            out += "            operands=" + shell_quoted("_potctl_words " + std::string(verbs)) + '\n';
        if (command->name == "help") out += "            operands=_potctl_commands\n";
        out += "            ;;\n";
    }
    return out;
}

std::string command_words() {
    std::string words;
    for (const Command* command : all_commands()) {
        for_each_name(*command, [&](std::string_view name) { (words += name) += ' '; });
    }
    words.pop_back();
    return words;
}

// No name is handed to `compgen -W`, which expands what it is given: it comes from a potd elsewhere.
constexpr std::string_view bash_head = R"(# bash completion for potctl
_potctl_words() {
    local each
    COMPREPLY=()
    for each; do [[ $each == "$cur"* ]] && COMPREPLY+=("$each"); done
}
_potctl_names() {
    local -a all
    mapfile -t all < <(potctl "${asked[@]}" __names "$1" 2>/dev/null)
    _potctl_words "${all[@]}"
}
_potctl_files() { COMPREPLY=($(compgen -f -- "$cur")); }
_potctl_directories() { COMPREPLY=($(compgen -d -- "$cur")); }
_potctl_nothing() { COMPREPLY=(); }
)";

/// For both shells: what is offered for a kind of name is what potctl says.
std::string name_functions() {
    std::string out;
    for (const char* kind : {"pots", "bases", "fscomps", "networks", "attributes", "contexts"})
        out += std::string("_potctl_") + kind + "() { _potctl_names " + kind + "; }\n";
    return out;
}

/// For both shells: what is offered before there is a command, by the word before.
constexpr std::string_view before_command =
    "case $prev in --context) _potctl_contexts ;; "
    "--token-file|--cacert|--cert|--key) _potctl_files ;; "
    "--url|--token) _potctl_nothing ;; *) _potctl_commands ;; esac; return";

/// The body both shells share; `cur`, `prev` and `command` are set before it.
std::string body() {
    std::string out = "    case \"$command:$prev\" in\n" + value_branches() + "    esac\n";
    out += "    local options='' operands=_potctl_nothing\n    case \"$command\" in\n" + command_branches() +
           "    esac\n";
    out += "    case \"$cur\" in\n        -*) _potctl_words $options ;;\n        *) $operands ;;\n    esac\n";
    return out;
}

}  // namespace

std::string bash_completion() {
    std::string out = std::string(bash_head) + name_functions();
    out += "_potctl_commands() { _potctl_words " + command_words() + "; }\n";
    out += "_potctl() {\n    local cur=${COMP_WORDS[COMP_CWORD]} prev='' command=''\n";
    out += "    local -i i\n    local -a asked=()\n";
    out += "    COMPREPLY=()\n    ((COMP_CWORD > 0)) && prev=${COMP_WORDS[COMP_CWORD - 1]}\n";
    out += "    for ((i = 1; i < COMP_CWORD - 1; i++)); do\n";
    out +=
        "        [[ ${COMP_WORDS[i]} == --context ]] && asked=(--context \"${COMP_WORDS[i + 1]}\")\n    "
        "done\n";
    out += "    for ((i = 1; i < COMP_CWORD; i++)); do\n";
    out +=
        "        [[ ${COMP_WORDS[i]} == --@(url|context|token|token-file|cacert|cert|key) ]] && { i+=1; "
        "continue; }\n";
    out += "        [[ ${COMP_WORDS[i]} == -* ]] || { command=${COMP_WORDS[i]}; break; }\n    done\n";
    ((out += "    [[ -z $command ]] && { ") += before_command) += "; }\n";
    return out + body() + "}\ncomplete -F _potctl potctl\n";
}

std::string zsh_completion() {
    std::string out = "#compdef potctl\n# zsh completion for potctl\n";
    out +=
        "_potctl_words() { compadd -- \"$@\"; }\n"
        "_potctl_names() { compadd -- ${(f)\"$(potctl \"${asked[@]}\" __names $1 2>/dev/null)\"}; }\n"
        "_potctl_files() { _files; }\n_potctl_directories() { _files -/; }\n_potctl_nothing() { return 0; "
        "}\n";
    out += name_functions();
    out += "_potctl_commands() { _potctl_words " + command_words() + "; }\n";
    out += "_potctl() {\n    setopt localoptions sh_word_split\n";
    out += "    local cur=${words[CURRENT]} prev=${words[CURRENT-1]} command='' word\n";
    out += "    local -i i\n    local -a asked=()\n";
    out += "    for ((i = 2; i < CURRENT - 1; i++)); do\n";
    out +=
        "        if [[ ${words[i]} == --context ]]; then asked=(--context \"${words[i+1]}\"); fi\n    done\n";
    out += "    for ((i = 2; i < CURRENT; i++)); do\n        word=${words[i]}\n";
    out +=
        "        if [[ $word == --(url|context|token|token-file|cacert|cert|key) ]]; then i+=1; continue; "
        "fi\n";
    out += "        if [[ $word != -* ]]; then command=$word; break; fi\n    done\n";
    ((out += "    if [[ -z $command ]]; then ") += before_command) += "; fi\n";
    return out + body() + "}\ncompdef _potctl potctl\n";
}

std::string fish_completion() {
    std::string out =
        "# fish completion for potctl\ncomplete -c potctl -f\n"
        "function __potctl_names\n    set -l words (commandline -opc)\n    set -l asked\n"
        "    if set -l at (contains -i -- --context $words)\n"
        "        test (count $words) -gt $at; and set asked --context $words[(math $at + 1)]\n    end\n"
        "    potctl $asked __names $argv[1] 2>/dev/null\nend\n";
    const std::string leading_option = "complete -c potctl -n __fish_use_subcommand -l ";
    out += leading_option + "context -x -a '(__potctl_names contexts)'\n";
    for (const char* file : {"token-file", "cacert", "cert", "key"})
        out += leading_option + file + " -r -F\n";
    for (const Command* command : all_commands()) {
        for_each_name(*command, [&](std::string_view name) {
            out += "complete -c potctl -n __fish_use_subcommand -a " + std::string(name) + " -d " +
                   shell_quoted(command->summary) + '\n';
            const std::string when =
                "complete -c potctl -n '__fish_seen_subcommand_from " + std::string(name) + "'";
            if (wants_pots(*command)) out += when + " -a '(__potctl_names pots)'\n";
            if (const auto verbs = verbs_of(*command); !verbs.empty())
                out += when + " -a " + shell_quoted(verbs) + '\n';
            for_each_option(*command, [&](const Option& option) {
                out += when;
                if (option.letter != 0) out += std::string(" -s ") + option.letter;
                out += " -l " + std::string(option.name) + " -d " + shell_quoted(option.text);
                if (!option.argument.empty()) out += option.completes == Completes::Files ? " -r -F" : " -x";
                if (!option.choices.empty()) out += " -a " + shell_quoted(blanks_for_bars(option.choices));
                if (option.completes == Completes::Directories) out += " -a '(__fish_complete_directories)'";
                const auto kind = kind_of(option.completes);
                if (kind == "pots" || kind == "bases" || kind == "fscomps" || kind == "networks" ||
                    kind == "attributes" || kind == "contexts") {
                    out += " -a '(__potctl_names " + std::string(kind) + ")'";
                }
                out += '\n';
            });
        });
    }
    return out;
}

}  // namespace potd::client
