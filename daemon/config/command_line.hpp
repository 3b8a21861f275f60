#pragma once

#include "core/base/result.hpp"

#include <optional>
#include <span>
#include <string>

namespace potd::config {

/// potd's options as given. Values are checked in load().
struct CommandLine {
    std::optional<std::string> config;
    std::optional<std::string> state_dir;
    std::optional<std::string> run_dir;
    std::optional<std::string> log_level;
    std::optional<std::string> instance;
    bool foreground = false;
    bool check_config = false;
    bool version = false;
    bool help = false;
};

/// `arguments` without the program's name. "--option VALUE" and "--option=VALUE"; the last one counts.
/// InvalidArgument with one line: print it to standard error and exit with 2.
[[nodiscard]] core::Result<CommandLine> parse_command_line(std::span<const char* const> arguments);

/// What --help prints.
[[nodiscard]] std::string usage();

}  // namespace potd::config
