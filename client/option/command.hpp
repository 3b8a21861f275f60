#pragma once

#include "client/base/result.hpp"

#include <span>
#include <string_view>

namespace potd::client {

class Invocation;

/// What the shell completes an argument with.
enum class Completes { Nothing, Pots, Bases, Fscomps, Bridges, Files, Directories, Attributes, Contexts };

/// One option of a command, as typed, documented and completed.
struct Option {
    char letter = 0;            ///< 0: it has only a long form
    std::string_view name;      ///< long form without the dashes
    std::string_view argument;  ///< its name in the documentation; empty for a flag
    std::string_view text;      ///< one sentence without a full stop
    Completes completes = Completes::Nothing;
    std::string_view choices = {};  ///< "table|json|yaml": anything else is refused
    /// Known from pot but not in this version: why; using it exits 1 with this.
    std::string_view missing = {};
};

/// What a command takes besides options.
enum class Operands {
    None,
    Pot,             ///< one pot, as -p or as a positional
    Pots,            ///< one or more pots
    OptionalPot,     ///< none or one
    PotThenCommand,  ///< the pot as -p or as the first positional, then a command with its own options
    Command,         ///< a command with its own options
    Words,           ///< what the command makes of it
};

/// Where help and manual list it.
enum class Section { Running, Objects, Settings, Inspection, System };

struct Command {
    std::string_view name;
    std::string_view aliases;  ///< separated by blanks
    Section section;
    Operands operands;
    std::string_view synopsis;  ///< behind the command's name
    std::string_view summary;   ///< one line, no full stop
    std::string_view text;      ///< further sentences; may be empty
    std::span<const Option> options;
    /// Returns what to exit with.
    Result<int> (*run)(Invocation&);
};

/// A command of pot's, or of DESIGN section 9, that this version does not have.
struct MissingCommand {
    std::string_view name;
    std::string_view why;
};

/// All commands, in the order in which they are documented.
[[nodiscard]] std::span<const Command* const> all_commands();
[[nodiscard]] std::span<const MissingCommand> missing_commands();
/// Understood by every command.
[[nodiscard]] std::span<const Option> common_options();

/// By name or alias; null if there is none.
[[nodiscard]] const Command* find_command(std::string_view name);

/// The parts of a text separated by `separator`; empty text has none.
template <class Function>
void for_each_part(std::string_view text, char separator, Function&& function) {
    while (!text.empty()) {
        const std::size_t end = text.find(separator);
        function(text.substr(0, end));
        if (end == std::string_view::npos) return;
        text.remove_prefix(end + 1);
    }
}

// Options that many commands share.
inline constexpr Option pot_option{'p', "pot", "POT", "the pot; its name may also stand alone",
                                   Completes::Pots};
inline constexpr Option quiet_names{'q', "quiet", "", "print names only"};
inline constexpr Option format_option{0,
                                      "format",
                                      "FORMAT",
                                      "print a table, or potd's answer as JSON or YAML",
                                      Completes::Nothing,
                                      "table|json|yaml"};

}  // namespace potd::client
