#include "client/terminal/conversation.hpp"

#include "client/http/api.hpp"
#include "client/output/json_text.hpp"

#include <array>
#include <cerrno>

#include <unistd.h>

namespace potd::client {
namespace {

constexpr char channel_stdin = 0;
constexpr char channel_stderr = 2;
/// Above this much unsent input, standard input has to wait.
constexpr std::size_t enough_unsent = std::size_t{256} * 1024;

constexpr char ctrl_d = 0x04;
constexpr char ctrl_p = 0x10;
constexpr char ctrl_q = 0x11;

}  // namespace

std::string DetachKeys::filter(std::string_view typed) {
    std::string out;
    for (const char key : typed) {
        if (kept_ && key == ctrl_q) {
            pressed_ = true;
            return out;
        }
        if (kept_) out += ctrl_p;
        kept_ = key == ctrl_p;
        if (!kept_) out += key;
    }
    return out;
}

int exit_status(const Value& message) {
    const std::int64_t signal = message["signal"].integer().value_or(0);
    if (signal > 0) return static_cast<int>(128 + signal);
    return static_cast<int>(message["exit_code"].integer().value_or(exit_code::failed)) & 0xFF;
}

Conversation::Conversation(WebSocket socket, Options options, Poller& poller)
    : socket_(std::move(socket)),
      options_(options),
      poller_(poller),
      out_(STDOUT_FILENO, poller, [this] { return take_messages(); }),
      err_(STDERR_FILENO, poller, [this] { return take_messages(); }) {}

Status Conversation::start(std::function<void()> on_end) {
    on_end_ = std::move(on_end);
    return watch();
}

Status Conversation::watch() {
    if (options_.terminal) raw_.emplace(STDIN_FILENO);
    if (options_.input && !input_ended_) poller_.watch(STDIN_FILENO, [this] { return on_input(); });
    poller_.watch(socket_.fd(), [this] { return on_socket(); });
    // The handshake's last bytes may have brought the first messages along.
    return take_messages();
}

void Conversation::suspend() {
    raw_.reset();
    poller_.forget(STDIN_FILENO);
    poller_.forget(socket_.fd());
    // A potd that is about to leave waits for us to hang up.
    socket_.close();
}

Status Conversation::go_on(WebSocket socket) {
    socket_ = std::move(socket);
    if (auto done = watch(); !done) return done;
    if (auto done = resize(); !done) return done;
    return input_ended_ ? end_input() : Status(Done{});
}

Status Conversation::signal(std::string_view name) {
    Value message;
    message.set("type", "signal");
    message.set("signal", name);
    return send_control(message);
}

Status Conversation::resize() {
    const auto size = window_size(STDIN_FILENO);
    if (!options_.terminal || !size) return Done{};
    Value message;
    message.set("type", "resize");
    message.set("rows", size->rows);
    message.set("columns", size->columns);
    return send_control(message);
}

Status Conversation::relay(SignalPipe& signals) {
    while (const auto number = signals.next()) {
        // Our own broken pipe is told when writing fails.
        if (*number == SIGPIPE) continue;
        auto done = *number == SIGWINCH ? resize() : signal(signal_name(*number));
        if (!done) return done;
    }
    return Done{};
}

Status Conversation::send_control(const Value& message) {
    if (ended_) return Done{};
    return sent(socket_.send(Opcode::Text, compact_json(message)));
}

/// After something was sent: waits for room if it did not all fit.
Status Conversation::sent(Status status) {
    if (!status) return status;
    const bool waiting = socket_.unsent() > 0;
    poller_.watch_output(socket_.fd(), waiting ? [this] { return sent(socket_.flush()); } : Poller::Ready());
    poller_.hold(STDIN_FILENO, socket_.unsent() > enough_unsent);
    return Done{};
}

Status Conversation::on_input() {
    std::array<char, 32768> chunk;  // NOLINT: filled by read
    const ssize_t count = ::read(STDIN_FILENO, chunk.data(), chunk.size());
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) return Done{};
    if (count <= 0) {
        poller_.forget(STDIN_FILENO);
        input_ended_ = true;
        return end_input();
    }
    std::string_view typed(chunk.data(), static_cast<std::size_t>(count));
    std::string kept;
    if (options_.detach_keys) typed = kept = keys_.filter(typed);
    Status done = Done{};
    if (!typed.empty()) line_open_ = typed.back() != '\n';
    if (!typed.empty())
        done = sent(socket_.send(Opcode::Binary, std::string(1, channel_stdin) + std::string(typed)));
    if (keys_.pressed()) end();
    return done;
}

/// A terminal's input has no end, only a key that ends what is read: once for the rest of a line, once
/// more for the end.
Status Conversation::end_input() {
    if (!options_.ends_input || ended_) return Done{};
    if (options_.terminal) {
        return sent(socket_.send(Opcode::Binary,
                                 std::string(1, channel_stdin) + std::string(line_open_ ? 2 : 1, ctrl_d)));
    }
    Value message;
    message.set("type", "eof");
    return send_control(message);
}

Status Conversation::on_socket() {
    const auto open = socket_.receive();
    if (!open) return open.failure();
    if (*open) return take_messages();
    Failure failure = failed("potd closed the connection before the command had ended");
    failure.exit = exit_code::no_daemon;
    return failure;
}

Status Conversation::take_messages() {
    while (!ended_ && !out_.pending() && !err_.pending()) {
        const auto message = socket_.next();
        if (!message) return message.failure();
        if (!*message) {
            poller_.hold(socket_.fd(), false);
            return sent(Done{});
        }
        if (auto done = take(**message); !done) return done;
    }
    poller_.hold(socket_.fd(), !ended_);
    return Done{};
}

Status Conversation::take(const WebSocket::Message& message) {
    if (message.opcode == Opcode::Binary) return show(message.payload);
    if (message.opcode == Opcode::Text) return take_text(message.payload);
    Failure failure = failed("potd ended the conversation before the command had ended");
    failure.exit = exit_code::no_daemon;
    return failure;
}

Status Conversation::take_text(const std::string& text) {
    const auto message = parse_json(text);
    if (!message) return message.failure();
    const std::string& type = (*message)["type"].text();
    if (type == "exit") {
        status_ = exit_status(*message);
        end();
    } else if (type == "error") {
        const auto status = static_cast<int>((*message)["status"].integer().value_or(500));
        return failure_from(status, text);
    }
    return Done{};
}

Status Conversation::show(std::string_view payload) {
    if (payload.empty()) return Done{};
    Outlet& outlet = payload.front() == channel_stderr ? err_ : out_;
    outlet.write(payload.substr(1));
    if (outlet.error() == 0 || broken_pipe_) return Done{};
    // What a pipeline on this machine would have told the command.
    broken_pipe_ = true;
    return signal("PIPE");
}

int Conversation::output_error() const {
    for (const Outlet* outlet : {&out_, &err_}) {
        if (outlet->error() != 0 && outlet->error() != EPIPE) return outlet->error();
    }
    return 0;
}

void Conversation::end() {
    ended_ = true;
    raw_.reset();
    poller_.forget(STDIN_FILENO);
    poller_.forget(socket_.fd());
    on_end_();
}

}  // namespace potd::client
