#pragma once

#include "client/base/result.hpp"
#include "client/option/command.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace potd::client {

/// What was typed behind a command's name.
class Arguments {
  public:
    [[nodiscard]] bool has(std::string_view option) const;
    /// The last value given for an option.
    [[nodiscard]] std::optional<std::string> value(std::string_view option) const;
    [[nodiscard]] std::vector<std::string> values(std::string_view option) const;

    std::vector<std::pair<std::string_view, std::string>> options;  ///< long name and value, in order
    std::vector<std::string> positionals;
    std::vector<std::string> command;  ///< Operands with a command: what shall run
    bool after_dashes = false;         ///< `command` stood behind "--"
};

/// Reads the words behind a command's name. Short options may be clustered ("-it") and carry their
/// value attached ("-pweb") or as the next word; long ones take "--pot web" and "--pot=web". "--" ends the
/// options. Where a command follows, its first word ends them too.
[[nodiscard]] Result<Arguments> parse_arguments(const Command& command,
                                                const std::vector<std::string>& words);

}  // namespace potd::client
