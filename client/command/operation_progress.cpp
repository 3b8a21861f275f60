#include "client/command/operation_progress.hpp"

#include "client/output/sink.hpp"
#include "client/text/width.hpp"

#include <algorithm>
#include <cstddef>

#include <unistd.h>

namespace potd::client {
namespace {

// To the start of the line, which is cleared.
constexpr const char* line_anew = "\r\033[K";

}  // namespace

std::string progress_text(const Value& operation) {
    constexpr std::int64_t cells = 20;
    const Value& progress = operation["progress"];
    const std::string message = harmless(progress["message"].text());
    const auto current = progress["current"].integer();
    const auto total = progress["total"].integer();
    if (!current || !total || *total <= 0) return message;
    const double part = std::clamp(static_cast<double>(*current) / static_cast<double>(*total), 0.0, 1.0);
    const auto full = static_cast<std::size_t>(part * cells);
    const std::string bar = std::string(full, '#') + std::string(cells - full, ' ');
    return message + (message.empty() ? "[" : "  [") + bar + "] " +
           std::to_string(static_cast<int>(part * 100)) + '%';
}

Result<Value> await_operation(Api& api, const std::string& id) {
    const bool shown = ::isatty(STDERR_FILENO) != 0;
    const std::string target = "/v1/operations/" + url_escape(id) + (shown ? "?wait=1s" : "?wait=1m");
    Sink terminal(STDERR_FILENO);
    bool written = false;
    auto operation = api.get(target);
    while (operation && (*operation)["state"].text() == "running") {
        const std::string text = shown ? progress_text(*operation) : "";
        if (!text.empty()) {
            terminal.write(line_anew + text);
            written = true;
        }
        operation = api.get(target);
    }
    if (written) terminal.write(line_anew);
    return operation;
}

}  // namespace potd::client
