#include "api/route/exec_request.hpp"

#include "core/model/names.hpp"

#include <limits>

namespace potd::api {
namespace {

core::Status take_size(const std::optional<std::int64_t>& value, std::string_view field, std::uint16_t& out) {
    if (!value) return {};
    if (*value < 1 || *value > std::numeric_limits<std::uint16_t>::max()) {
        return core::invalid_field(field, std::to_string(*value), "from 1 to 65535");
    }
    out = static_cast<std::uint16_t>(*value);
    return {};
}

core::Status check_text(std::string_view field, std::string_view value) {
    if (core::is_text(value)) return {};
    return core::invalid_field(field, "(bytes)", "text without NUL");
}

core::Status check_command(const std::vector<std::string>& command) {
    if (command.empty() || command.front().empty()) {
        return core::invalid_field("command", "", "the program to run and its arguments");
    }
    constexpr std::size_t most_words = 4096;
    if (command.size() > most_words)
        return core::invalid_field("command", std::to_string(command.size()) + " arguments", "at most 4096");
    for (std::size_t i = 0; i < command.size(); ++i) {
        if (auto checked = check_text("command[" + std::to_string(i) + "]", command[i]); !checked)
            return checked;
    }
    return {};
}

}  // namespace

core::Result<core::ExecRequest> to_core(const wire::ExecRequest& body) {
    core::ExecRequest request;
    core::Status status = check_command(body.command);
    for (const auto& [name, value] : body.env.items) {
        if (status) status = core::check_env_name(name, "env");
        if (status) status = check_text("env." + name, value);
        request.env.push_back({name, value});
    }
    request.command = body.command;
    request.user = body.user.value_or("");
    request.workdir = body.workdir.value_or("");
    request.terminal = body.terminal.value_or(false);
    if (status) status = check_text("user", request.user);
    if (status) status = check_text("workdir", request.workdir);
    if (status && !request.workdir.empty() && request.workdir.front() != '/') {
        status = core::invalid_field("workdir", request.workdir, "an absolute path");
    }
    if (status) status = take_size(body.rows, "rows", request.rows);
    if (status) status = take_size(body.columns, "columns", request.columns);
    if (!status) return std::move(status).error();
    return request;
}

core::Result<core::RunKey> running(const core::Pot& pot) {
    const bool runs = (pot.state == core::PotState::Running || pot.state == core::PotState::Stopping) &&
                      pot.run && !pot.run->end;
    if (runs) return core::RunKey{pot.id, pot.run->number};
    return core::error(
        core::ErrorKind::Conflict,
        "pot " + pot.spec.name + " is " + std::string(core::to_string(pot.state)) + ", not running");
}

}  // namespace potd::api
