#pragma once

#include "client/command/invocation.hpp"
#include "client/command/line_reader.hpp"
#include "client/command/log_lines.hpp"
#include "client/terminal/conversation.hpp"
#include "client/terminal/poller.hpp"
#include "client/terminal/signals.hpp"

#include <optional>
#include <string>

namespace potd::client {

/// Stays with a started pot: shows its output, hands over input and signals, until it ends.
class Foreground {
  public:
    struct Options {
        bool input = false;
        bool terminal = false;
    };

    Foreground(Invocation& invocation, std::string pot, Options options);

    /// The command's status; unset if the user has detached.
    [[nodiscard]] Result<std::optional<int>> hold();

  private:
    [[nodiscard]] Status open_console();
    [[nodiscard]] Status open_logs();
    [[nodiscard]] Status on_logs();
    [[nodiscard]] Status on_line(const Value& line);
    [[nodiscard]] Status on_signal();
    [[nodiscard]] Status forward(std::string_view signal);
    [[nodiscard]] Result<std::optional<int>> status();

    Invocation& invocation_;
    std::string pot_;
    Options options_;
    Poller poller_;
    SignalPipe signals_;
    std::optional<Conversation> console_;
    std::optional<LineReader> logs_;
    LogLines lines_{false};
    bool broken_pipe_ = false;
};

}  // namespace potd::client
