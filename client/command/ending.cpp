#include "client/command/ending.hpp"

#include "client/terminal/signals.hpp"

namespace potd::client {

Result<int> run_status(const Value& run) {
    if (run["lost"].flag()) return failed(run["reason"].text(), "potctl runs tells more");
    if (const auto code = run["exit_code"].integer()) return static_cast<int>(*code) & 0xFF;
    if (const auto signal = run["signal"].integer()) return 128 + static_cast<int>(*signal & 0x7F);
    const std::string& reason = run["reason"].text();
    return failed(reason.empty() ? "nobody knows how it ended" : reason);
}

std::string run_outcome(const Value& run) {
    if (run["ended_at"].is_null()) return {};
    if (run["lost"].flag()) return "lost";
    if (const auto signal = run["signal"].integer()) {
        const auto name = signal_name(static_cast<int>(*signal));
        const std::string text =
            name.empty() ? "signal " + std::to_string(*signal) : "SIG" + std::string(name);
        return run["oom"].flag() ? text + " (oom)" : text;
    }
    if (const auto code = run["exit_code"].integer()) return std::to_string(*code);
    return run["started_at"].is_null() ? "not started" : run["reason"].text();
}

Failure command_failure(Failure failure) {
    constexpr int not_there = 127;
    constexpr int not_executable = 126;
    if (!failure.field.starts_with("command")) return failure;
    if (failure.exit == exit_code::not_found) failure.exit = not_there;
    if (failure.code == "command_not_found") failure.exit = not_there;
    if (failure.code == "permission_denied" || failure.code == "command_not_executable")
        failure.exit = not_executable;
    return failure;
}

}  // namespace potd::client
