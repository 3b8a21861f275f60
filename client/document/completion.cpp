#include "client/document/completion.hpp"

#include "client/option/command.hpp"

#include <algorithm>
#include <array>

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
            out.append("        ").append(patterns).append(") ").append(what).append("; return ;;\n");
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

/// Those of all commands that take a value and say which potd is asked, for a shell's pattern.
constexpr std::string_view leading_options = "url|context|token|token-file|cacert|cert|key";

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
# Of a name with blanks in it bash makes one word if it is told that it is a file's.
_potctl_paths() { mapfile -t COMPREPLY < <(compgen "$1" -- "$cur"); compopt -o filenames 2>/dev/null; }
_potctl_files() { _potctl_paths -f; }
_potctl_directories() { _potctl_paths -d; }
_potctl_nothing() { COMPREPLY=(); }
# Into `words`, up to the cursor: what COMP_WORDBREAKS has split, as https://host:1, stands together again.
_potctl_join() {
    local rest=$COMP_LINE each
    local -i i
    for ((i = 0; i <= COMP_CWORD; i++)); do
        each=${COMP_WORDS[i]}
        if ((i > 0)) && [[ $rest != [[:space:]]* ]]; then
            words[${#words[@]} - 1]+=$each
        else
            words+=("$each")
        fi
        rest=${rest#"${rest%%[![:space:]]*}"}
        rest=${rest#"$each"}
    done
}
# Into `plain`: a word as potctl would get it, by its quotes and its home alone.
_potctl_plain() {
    plain=$1
    [[ $plain == \"*\" || $plain == \'*\' ]] && plain=${plain:1:${#plain}-2}
    [[ $plain == '~/'* ]] && plain=$HOME/${plain:2}
}
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

/// For both shells, with `words` up to the place `last`, from `first` on: sets `command`, and `asked` to the
/// options that say which potd is asked.
std::string scan(std::string_view first, std::string_view last) {
    const std::string options = "--@(" + std::string(leading_options) + ")";
    std::string out = "    for ((i = ";
    ((out += first) += "; i < ") += last;
    out +=
        "; i++)); do\n        if [[ ${words[i]} == -- ]]; then\n            break\n        elif [[ "
        "${words[i]} == ";
    out += options + " ]]; then\n            ((i + 1 < ";
    (out += last) += ")) && { _potctl_plain \"${words[i+1]}\"; asked+=(\"${words[i]}\" \"$plain\"); }\n";
    out += "            i+=1\n        elif [[ ${words[i]} == " + options;
    out +=
        "=* ]]; then\n            asked+=(\"${words[i]}\")\n        elif [[ ${words[i]} != -* && -z $command "
        "]]; ";
    return out + "then\n            command=${words[i]}\n        fi\n    done\n";
}

}  // namespace

std::string bash_completion() {
    std::string out = std::string(bash_head) + name_functions();
    out += "_potctl_commands() { _potctl_words " + command_words() + "; }\n";
    out += "_potctl() {\n    local cur prev='' command='' plain\n    local -i i last\n";
    out += "    local -a asked=() words=()\n    COMPREPLY=()\n    _potctl_join\n    last=${#words[@]}-1\n";
    out += "    cur=${words[last]}\n    ((last > 0)) && prev=${words[last - 1]}\n";
    out += "    [[ $cur == --*=* && $COMP_WORDBREAKS == *=* ]] && prev=${cur%%=*} cur=${cur#*=}\n";
    out += scan("1", "last");
    ((out += "    [[ -z $command ]] && { ") += before_command) += "; }\n";
    return out + body() + "}\ncomplete -F _potctl potctl\n";
}

std::string zsh_completion() {
    std::string out = "#compdef potctl\n# zsh completion for potctl\n";
    out +=
        "_potctl_words() { compadd -- \"$@\"; }\n"
        "_potctl_names() { compadd -- ${(f)\"$(potctl \"${asked[@]}\" __names $1 2>/dev/null)\"}; }\n"
        "_potctl_files() { _files; }\n_potctl_directories() { _files -/; }\n_potctl_nothing() { return 0; "
        "}\n"
        "_potctl_plain() {\n    plain=${(Q)1}\n    [[ $plain == '~/'* ]] && plain=$HOME/${plain:2}\n"
        "    return 0\n}\n";
    out += name_functions();
    out += "_potctl_commands() { _potctl_words " + command_words() + "; }\n";
    out += "_potctl() {\n    setopt localoptions sh_word_split ksh_glob\n";
    out += "    local cur=${words[CURRENT]} prev=${words[CURRENT-1]} command='' plain\n";
    out += "    local -i i\n    local -a asked=()\n";
    out += "    if [[ $cur == --*=* ]]; then prev=${cur%%=*} cur=${cur#*=}; compset -P '*='; fi\n";
    out += scan("2", "CURRENT");
    ((out += "    if [[ -z $command ]]; then ") += before_command) += "; fi\n";
    return out + body() + "}\ncompdef _potctl potctl\n";
}

namespace {

std::string fish_option(const Option& option) {
    std::string out;
    if (option.letter != 0) out += std::string(" -s ") + option.letter;
    out += " -l " + std::string(option.name) + " -d " + shell_quoted(option.text);
    if (!option.argument.empty()) out += option.completes == Completes::Files ? " -r -F" : " -x";
    if (!option.choices.empty()) out += " -a " + shell_quoted(blanks_for_bars(option.choices));
    if (option.completes == Completes::Directories) out += " -a '(__fish_complete_directories)'";
    const auto kind = kind_of(option.completes);
    constexpr std::array with_names{"pots", "bases", "fscomps", "networks", "attributes", "contexts"};
    if (std::find(with_names.begin(), with_names.end(), kind) != with_names.end())
        out += " -a '(__potctl_names " + std::string(kind) + ")'";
    return out;
}

std::string fish_command(const Command& command, std::string_view name) {
    const std::string when = "complete -c potctl -n '__potctl_is " + std::string(name) + "'";
    std::string out;
    if (wants_pots(command)) out += when + " -a '(__potctl_names pots)'\n";
    if (const auto verbs = verbs_of(command); !verbs.empty())
        out += when + " -a " + shell_quoted(verbs) + '\n';
    for_each_option(command, [&](const Option& option) { ((out += when) += fish_option(option)) += '\n'; });
    return out;
}

}  // namespace

std::string fish_completion() {
    std::string options;
    for_each_part(leading_options, '|', [&](std::string_view name) { (options += " --") += name; });
    std::string with_value;
    for_each_part(leading_options, '|',
                  [&](std::string_view name) { ((with_value += " '--") += name) += "=*'"; });
    std::string out = "# fish completion for potctl\ncomplete -c potctl -f\n";
    out +=
        "# The command, behind leading options; false where there is none yet.\n"
        "function __potctl_command\n    set -l words (commandline -opc)\n    set -e words[1]\n"
        "    while set -q words[1]\n        switch $words[1]\n            case" +
        options +
        "\n                set -q words[2]; and set -e words[1]\n            case '-*'\n            case "
        "'*'\n"
        "                echo $words[1]\n                return 0\n        end\n        set -e words[1]\n"
        "    end\n    return 1\nend\n"
        "function __potctl_is\n    set -l command (__potctl_command)\n    and test \"$command\" = "
        "$argv[1]\nend\n"
        "function __potctl_names\n    set -l words (commandline -opc)\n    set -l asked\n    set -l i 2\n"
        "    while test $i -le (count $words)\n        switch $words[$i]\n            case --\n"
        "                break\n            case" +
        options +
        "\n                set -l option $words[$i]\n                set i (math $i + 1)\n"
        "                set -q words[$i]; and set -a asked $option (string replace -r '^~/' $HOME/ -- "
        "$words[$i])\n"
        "            case" +
        with_value +
        "\n                set -a asked $words[$i]\n        end\n        set i (math $i + 1)\n    end\n"
        "    potctl $asked __names $argv[1] 2>/dev/null\nend\n";
    const std::string leading = "complete -c potctl -n 'not __potctl_command >/dev/null'";
    out += leading + " -l context -x -a '(__potctl_names contexts)'\n";
    for (const char* text : {"url", "token"}) out += leading + " -l " + text + " -x\n";
    for (const char* file : {"token-file", "cacert", "cert", "key"})
        out += leading + " -l " + file + " -r -F\n";
    for (const Command* command : all_commands()) {
        for_each_name(*command, [&](std::string_view name) {
            out += leading + " -a " + std::string(name) + " -d " + shell_quoted(command->summary) + '\n';
            out += fish_command(*command, name);
        });
    }
    return out;
}

}  // namespace potd::client
