#pragma once

#include "client/option/command.hpp"

#include <string>

namespace potd::client {

/// All commands, one line each, in sections.
[[nodiscard]] std::string overview_help();

/// Usage, text and options of one command.
[[nodiscard]] std::string command_help(const Command& command);

/// potctl.1 in mdoc, made from the same table.
[[nodiscard]] std::string manual_page();

/// "Running", "Objects" …
[[nodiscard]] std::string_view section_title(Section section);

}  // namespace potd::client
