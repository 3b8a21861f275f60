#pragma once

#include "client/base/result.hpp"
#include "client/http/websocket.hpp"
#include "client/json/value.hpp"
#include "client/terminal/outlet.hpp"
#include "client/terminal/poller.hpp"
#include "client/terminal/signals.hpp"
#include "client/terminal/terminal.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace potd::client {

/// Finds Ctrl-P Ctrl-Q in what is typed. A Ctrl-P is kept back until the next key is known.
class DetachKeys {
  public:
    /// What of the typed bytes goes to the pot.
    [[nodiscard]] std::string filter(std::string_view typed);
    [[nodiscard]] bool pressed() const { return pressed_; }

  private:
    bool kept_ = false;
    bool pressed_ = false;
};

/// What an "exit" message of potd makes potctl exit with.
[[nodiscard]] int exit_status(const Value& message);

/// One exec or attach: carries standard input to potd and its output to ours. While our reader is slow
/// nothing is taken from potd.
class Conversation {
  public:
    struct Options {
        bool input = true;       ///< standard input is carried
        bool ends_input = true;  ///< the command's input ends with ours
        bool terminal = false;   ///< the other side is one: raw mode, window size, ^D as the end of input
        bool detach_keys = false;
    };

    Conversation(WebSocket socket, Options options, Poller& poller);

    /// Begins to watch; `on_end` is called once, when the command has ended or the user has detached.
    [[nodiscard]] Status start(std::function<void()> on_end);
    /// After the connection broke: leaves the streams alone until `go_on`. What was on its way is lost.
    void suspend();
    [[nodiscard]] Status go_on(WebSocket socket);
    [[nodiscard]] Status signal(std::string_view name);
    [[nodiscard]] Status resize();
    /// Hands on what has come: a changed window as a resize, the rest by name.
    [[nodiscard]] Status relay(SignalPipe& signals);

    /// Set once the command has ended.
    [[nodiscard]] std::optional<int> status() const { return status_; }
    /// errno of what kept its output from ours; 0 if nothing did but that nobody wants more of it.
    [[nodiscard]] int output_error() const;

  private:
    [[nodiscard]] Status send_control(const Value& message);
    [[nodiscard]] Status sent(Status status);
    [[nodiscard]] Status on_input();
    [[nodiscard]] Status on_socket();
    [[nodiscard]] Status take_messages();
    [[nodiscard]] Status take(const WebSocket::Message& message);
    [[nodiscard]] Status take_text(const std::string& text);
    [[nodiscard]] Status show(std::string_view payload);
    [[nodiscard]] Status watch();
    [[nodiscard]] Status end_input();
    void end();

    WebSocket socket_;
    Options options_;
    Poller& poller_;
    std::optional<RawMode> raw_;
    DetachKeys keys_;
    Outlet out_;
    Outlet err_;
    std::function<void()> on_end_;
    std::optional<int> status_;
    bool ended_ = false;
    bool broken_pipe_ = false;
    bool input_ended_ = false;
    bool line_open_ = false;  ///< what was typed last did not end with a newline
};

}  // namespace potd::client
