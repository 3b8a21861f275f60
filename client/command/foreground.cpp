#include "client/command/foreground.hpp"

#include "client/command/ending.hpp"

namespace potd::client {

Foreground::Foreground(Invocation& invocation, std::string pot, Options options)
    : invocation_(invocation),
      pot_(std::move(pot)),
      options_(options),
      signals_({SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGWINCH, SIGPIPE}) {}

Result<std::optional<int>> Foreground::hold() {
    poller_.watch(signals_.fd(), [this] { return on_signal(); });
    // The log has every byte from the first on, and both streams apart; a terminal has only its console.
    if (!options_.terminal) {
        if (auto done = open_logs(); !done) return done.failure();
    }
    if (options_.terminal || options_.input) {
        if (auto done = open_console(); !done) return done.failure();
    }
    if (auto done = poller_.run(); !done) return done.failure();
    return status();
}

Status Foreground::open_console() {
    auto socket = invocation_.api().upgrade(pot_url(pot_, "/attach"));
    // It may have ended before anybody could attach; the log tells what it wrote.
    if (!socket && socket.failure().exit == exit_code::conflict) return logs_ ? Status(Done{}) : open_logs();
    if (!socket) return socket.failure();
    const Conversation::Options options{options_.input, options_.terminal, options_.terminal,
                                        options_.terminal && options_.input};
    console_.emplace(std::move(*socket), options, poller_);
    const auto started = console_->start([this] {
        if (options_.terminal) poller_.stop();
    });
    return started ? console_->resize() : started;
}

Status Foreground::open_logs() {
    auto stream = invocation_.api().stream(pot_url(pot_, "/logs?follow=true"), "application/x-ndjson");
    if (!stream) return stream.failure();
    logs_.emplace(std::move(*stream), [this](const Value& line) { return on_line(line); });
    poller_.watch(logs_->fd(), [this] { return on_logs(); });
    // A short command's whole log comes along with the head of the answer.
    return logs_->has_buffered() ? on_logs() : Status(Done{});
}

Status Foreground::on_logs() {
    const auto more = logs_->advance();
    if (!more) return more.failure();
    if (*more) return Done{};
    poller_.forget(logs_->fd());
    poller_.stop();
    return Done{};
}

Status Foreground::on_line(const Value& line) {
    lines_.write(line);
    if (lines_.open() || broken_pipe_) return Done{};
    // What a pipeline on this machine would have told the command.
    broken_pipe_ = true;
    return forward("PIPE");
}

Status Foreground::on_signal() {
    while (const auto number = signals_.next()) {
        if (*number == SIGPIPE) continue;
        if (*number == SIGWINCH) {
            if (!console_) continue;
            if (auto done = console_->resize(); !done) return done;
            continue;
        }
        if (auto done = forward(signal_name(*number)); !done) return done;
    }
    return Done{};
}

Status Foreground::forward(std::string_view signal) {
    Value body;
    body.set("signal", signal);
    body.set("target", "main");
    const auto sent = invocation_.api().post(pot_url(pot_, "/kill"), body);
    // It may have ended meanwhile.
    if (sent || sent.failure().exit == exit_code::conflict || sent.failure().exit == exit_code::not_found)
        return Done{};
    return sent.failure();
}

Result<std::optional<int>> Foreground::status() {
    if (console_ && options_.terminal && !console_->status()) return std::optional<int>();
    const auto run = invocation_.api().get(pot_url(pot_, "/wait?for=stopped"));
    if (!run) return run.failure();
    if ((*run)["oom"].flag()) invocation_.note("run: " + pot_ + " ran out of memory");
    const auto status = run_status(*run);
    if (!status) return status.failure();
    return std::optional(*status);
}

}  // namespace potd::client
