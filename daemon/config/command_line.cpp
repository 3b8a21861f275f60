#include "daemon/config/command_line.hpp"

#include "daemon/config/config.hpp"
#include "daemon/config/suggestion.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <vector>

namespace potd::config {
namespace {

using core::Result;
using Text = std::optional<std::string> CommandLine::*;
using Flag = bool CommandLine::*;

/// One of `text` and `flag` is set.
struct Option {
    std::string_view name;
    Text text;
    Flag flag;
};

constexpr Option options[] = {
    {"--config", &CommandLine::config, nullptr},
    {"--state-dir", &CommandLine::state_dir, nullptr},
    {"--run-dir", &CommandLine::run_dir, nullptr},
    {"--log-level", &CommandLine::log_level, nullptr},
    {"--instance", &CommandLine::instance, nullptr},
    {"--foreground", nullptr, &CommandLine::foreground},
    {"--check-config", nullptr, &CommandLine::check_config},
    {"--version", nullptr, &CommandLine::version},
    {"--help", nullptr, &CommandLine::help},
};

core::Error wrong(std::string_view what, std::string_view argument, const std::string& hint = {}) {
    return core::error(core::ErrorKind::InvalidArgument,
                       std::string(what) + " " + std::string(argument) + hint);
}

core::Error unknown(std::string_view name) {
    if (!name.starts_with('-')) return wrong("unexpected argument", name);
    std::vector<std::string_view> names;
    for (const Option& option : options) names.push_back(option.name);
    return wrong("unknown option", name, did_you_mean(name, names));
}

}  // namespace

Result<CommandLine> parse_command_line(std::span<const char* const> arguments) {
    CommandLine line;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const std::string_view argument = arguments[i];
        const std::size_t equals = argument.find('=');
        const std::string_view name = argument.substr(0, equals);
        const auto* option = std::find_if(std::begin(options), std::end(options),
                                          [name](const Option& known) { return known.name == name; });
        if (option == std::end(options)) return unknown(name);
        if (option->flag != nullptr) {
            if (equals != std::string_view::npos) return wrong("no value is taken by", name);
            line.*(option->flag) = true;
        } else if (equals != std::string_view::npos) {
            line.*(option->text) = std::string(argument.substr(equals + 1));
        } else if (i + 1 < arguments.size()) {
            line.*(option->text) = arguments[++i];
        } else {
            return wrong("a value is missing after", name);
        }
    }
    return line;
}

std::string usage() {
    const DefaultPlaces places = default_places();
    return "usage: potd [options]\n"
           "\n"
           "  --config FILE      configuration (" +
           places.config.string() +
           ")\n"
           "  --state-dir DIR    database, pots, bases (" +
           places.state_dir.string() +
           ")\n"
           "  --run-dir DIR      sockets and what is lost at a reboot (" +
           places.run_dir.string() +
           ")\n"
           "  --log-level LEVEL  trace, debug, info, warning or error\n"
           "  --instance NAME    name of this potd where several run side by side\n"
           "  --foreground       stay in the foreground, log to standard error\n"
           "  --check-config     say what is wrong with the configuration, and where; then end\n"
           "  --version          print the version; then end\n"
           "  --help             print this; then end\n";
}

}  // namespace potd::config
