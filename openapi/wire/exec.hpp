#pragma once

#include "openapi/wire/value.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace potd::wire {

/// Body of POST exec, and the first text message on the WebSocket of GET exec. stdin and timeout
/// belong to the first, terminal, rows and columns to the second.
struct ExecRequest {
    std::vector<std::string> command;
    Pairs env;
    std::optional<std::string> user, workdir;
    std::optional<std::string> input;  ///< "stdin" on the wire
    std::optional<std::string> timeout;
    std::optional<bool> terminal;
    std::optional<std::int64_t> rows, columns;
    friend bool operator==(const ExecRequest&, const ExecRequest&) = default;
};

struct ExecResult {
    std::int32_t exit_code = 0;
    std::optional<std::int32_t> signal;
    std::string output, errors;  ///< "stdout" and "stderr" on the wire
    bool truncated = false;
    friend bool operator==(const ExecResult&, const ExecResult&) = default;
};

/// Text message of a client on the WebSocket of exec and attach.
struct ExecControl {
    std::string type;  ///< resize, signal, eof
    std::optional<std::int64_t> rows, columns;
    Loose signal;
    friend bool operator==(const ExecControl&, const ExecControl&) = default;
};

/// Text message of the server there. An error is a Problem with "type": "error".
struct ExecStatus {
    std::string type;  ///< started, exit
    std::optional<std::int32_t> exit_code, signal;
    friend bool operator==(const ExecStatus&, const ExecStatus&) = default;
};

/// First byte of each binary message of exec and attach.
inline constexpr char channel_stdin = 0;
inline constexpr char channel_stdout = 1;
inline constexpr char channel_stderr = 2;

}  // namespace potd::wire
