#pragma once

#include "client/command/invocation.hpp"
#include "client/terminal/conversation.hpp"
#include "client/terminal/poller.hpp"
#include "client/terminal/signals.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace potd::client {

/// Starts a pot that was just created and stays with it until it has ended and is cleaned up: its output
/// comes out here, whole and byte by byte (the command waits while our reader is slow), input and signals
/// go to it.
///
/// If potd goes away the pot runs on; potd is waited for, and the console joined again. What the command
/// wrote meanwhile is in its log only.
class Foreground {
  public:
    struct Options {
        bool input = false;
        bool terminal = false;
    };

    Foreground(Invocation& invocation, std::string pot, Options options);

    /// The command's status; unset if the user has detached. A command that could not be run fails with
    /// 127 or 126.
    [[nodiscard]] Result<std::optional<int>> run();
    /// True once the command has run; before that a failure leaves the pot as it was made.
    [[nodiscard]] bool started() const { return run_number_ != 0; }

  private:
    [[nodiscard]] Result<WebSocket> attach();
    [[nodiscard]] Status start();
    [[nodiscard]] Status on_started();
    [[nodiscard]] Status on_signal();
    [[nodiscard]] Status take_signal(int number);
    [[nodiscard]] Status forward(std::string_view signal);
    [[nodiscard]] Status converse();
    [[nodiscard]] Status join_again();
    [[nodiscard]] Result<Value> await_potd();
    [[nodiscard]] std::optional<Failure> interrupted();
    [[nodiscard]] Result<std::optional<int>> status();
    [[nodiscard]] Result<std::optional<int>> status_of(const Value& run) const;
    [[nodiscard]] Result<std::optional<int>> status_from_history();

    Invocation& invocation_;
    std::string pot_;
    Options options_;
    Poller poller_;
    SignalPipe signals_;
    std::optional<Conversation> console_;
    std::optional<Pending> starting_, ending_;
    std::string pot_id_;
    std::int64_t run_number_ = 0;
    std::string early_signal_;  ///< came while the pot was being started
    bool gave_up_ = false;      ///< potd did not come back in time
    bool over_ = false;         ///< the run is known to have ended, the console does not tell it any more
};

}  // namespace potd::client
