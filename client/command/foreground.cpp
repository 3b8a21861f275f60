#include "client/command/foreground.hpp"

#include "client/command/ending.hpp"
#include "client/output/sink.hpp"

#include <chrono>

#include <poll.h>

namespace potd::client {
namespace {

/// How long a potd that went away may take to come back: an upgrade takes seconds.
constexpr std::chrono::seconds patience{60};
constexpr int look_again_ms = 200;

bool is_lost(const Failure& failure) {
    return failure.exit == exit_code::no_daemon;
}

bool is_live(const Value& pot) {
    const std::string& state = pot["state"].text();
    return state == "starting" || state == "running" || state == "paused" || state == "stopping";
}

/// What a pot.exited event tells, as the run it is about.
Value run_of_event(const Value& event) {
    const Value& details = event["details"];
    Value run;
    for (const std::string_view name : {"exit_code", "signal"}) {
        const auto number = parse_json(details[name].text());
        if (number) run.set(name, *number);
    }
    run.set("oom", details["oom"].text() == "true");
    run.set("lost", details["lost"].text() == "true");
    run.set("reason", details["reason"].text());
    return run;
}

}  // namespace

Foreground::Foreground(Invocation& invocation, std::string pot, Options options)
    : invocation_(invocation),
      pot_(std::move(pot)),
      options_(options),
      signals_({SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGWINCH, SIGPIPE}) {}

Result<std::optional<int>> Foreground::run() {
    poller_.watch(signals_.fd(), [this] { return on_signal(); });
    if (auto done = start(); !done) return done.failure();
    Status done = poller_.run();
    while (!done && started() && is_lost(done.failure()) && !gave_up_) done = join_again();
    // Joined in the moment of its end, it has no console any more.
    if (!done && started() && done.failure().exit == exit_code::conflict) over_ = true;
    if (!done && !over_) return started() ? done.failure() : command_failure(done.failure());
    return status();
}

/// The console is joined before the start, so that it has the first byte; whoever reads slowly is waited
/// for, so that it has the last.
Result<WebSocket> Foreground::attach() {
    const bool owns_input = options_.input && !options_.terminal;
    return invocation_.api().upgrade(
        pot_url(pot_, owns_input ? "/attach?lossless=true&owns_input=true" : "/attach?lossless=true"));
}

Status Foreground::start() {
    auto ending = invocation_.api().begin("GET", pot_url(pot_, "/wait?for=stopped"));
    if (!ending) return ending.failure();
    ending_.emplace(std::move(*ending));
    auto socket = attach();
    if (!socket) return socket.failure();
    const Conversation::Options how{options_.input, true, options_.terminal,
                                    options_.terminal && options_.input};
    console_.emplace(std::move(*socket), how, poller_);
    auto starting = invocation_.api().begin("POST", pot_url(pot_, "/start"));
    if (!starting) return starting.failure();
    starting_.emplace(std::move(*starting));
    poller_.watch(starting_->fd(), [this] { return on_started(); });
    return Done{};
}

Status Foreground::on_started() {
    if (!starting_->is_there()) return Done{};
    poller_.forget(starting_->fd());
    const auto pot = starting_->finish();
    starting_.reset();
    if (!pot) {
        Failure failure = pot.failure();
        // There is nothing the user can have said wrongly in a request without a body.
        if (failure.exit == exit_code::usage) failure.exit = exit_code::failed;
        return failure;
    }
    pot_id_ = (*pot)["id"].text();
    run_number_ = (*pot)["run"]["number"].integer().value_or(1);
    if (auto done = converse(); !done) return done;
    return early_signal_.empty() ? Status(Done{}) : forward(early_signal_);
}

Status Foreground::converse() {
    const auto started = console_->start([this] { poller_.stop(); });
    return started ? console_->resize() : started;
}

// Signals

Status Foreground::on_signal() {
    while (const auto number = signals_.next()) {
        if (auto done = take_signal(*number); !done) return done;
    }
    return Done{};
}

Status Foreground::take_signal(int number) {
    // Our own broken pipe is told when writing fails.
    if (number == SIGPIPE) return Done{};
    if (number == SIGWINCH) return started() ? console_->resize() : Status(Done{});
    if (started()) return forward(signal_name(number));
    // Nobody is there to get it yet; who asks again does not want to wait for that.
    if (!early_signal_.empty())
        return Failure{128 + number, "left while the pot was being started", {}, {}, {}};
    early_signal_ = signal_name(number);
    return Done{};
}

/// By a request of its own: the console's connection may be full of input that the command does not read.
Status Foreground::forward(std::string_view signal) {
    Value body;
    body.set("signal", signal);
    body.set("target", "main");
    const auto sent = invocation_.api().post(pot_url(pot_, "/kill"), body);
    // It may have ended meanwhile. That potd is gone the console tells.
    if (sent || sent.failure().exit == exit_code::conflict || sent.failure().exit == exit_code::not_found ||
        is_lost(sent.failure()))
        return Done{};
    return sent.failure();
}

// potd went away

Status Foreground::join_again() {
    console_->suspend();
    invocation_.note("run: potd went away; " + pot_ + " runs on, waiting for potd");
    const auto pot = await_potd();
    if (!pot) return pot.failure();
    ending_.reset();
    over_ = !is_live(*pot) || (*pot)["run"]["number"].integer().value_or(0) != run_number_;
    if (over_) return Done{};
    auto ending = invocation_.api().begin("GET", pot_url(pot_, "/wait?for=stopped"));
    if (!ending) return ending.failure();
    ending_.emplace(std::move(*ending));
    auto socket = attach();
    if (!socket) return socket.failure();
    invocation_.note("run: joined " + pot_ + " again; what it wrote meanwhile is in its log");
    if (auto done = console_->go_on(std::move(*socket)); !done) return done;
    return poller_.run();
}

/// The pot as it is once potd answers; an empty value if it is no more.
Result<Value> Foreground::await_potd() {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    for (;;) {
        auto pot = invocation_.api().get(pot_url(pot_));
        if (pot) return pot;
        if (pot.failure().exit == exit_code::not_found) return Value();
        gave_up_ = std::chrono::steady_clock::now() > deadline;
        if (gave_up_) return pot.failure();
        pollfd wanted{signals_.fd(), POLLIN, 0};
        ::poll(&wanted, 1, look_again_ms);
        if (auto left = interrupted()) return *left;
    }
}

std::optional<Failure> Foreground::interrupted() {
    while (const auto number = signals_.next()) {
        if (*number == SIGWINCH || *number == SIGPIPE) continue;
        return Failure{128 + *number, "left while potd was away; " + pot_ + " runs on", {}, {}, {}};
    }
    return {};
}

// The end

/// The console has told the status; the record says more, and comes when everything is cleaned up and the
/// pot's name, with --rm, is free again.
Result<std::optional<int>> Foreground::status() {
    if (const int error = console_->output_error(); error != 0) return output_failure(error);
    if (over_) return status_from_history();
    if (!console_->status()) return std::optional<int>();
    const auto run = ending_->finish();
    if (!run) return std::optional(*console_->status());
    return status_of(*run);
}

Result<std::optional<int>> Foreground::status_of(const Value& run) const {
    if (run["oom"].flag()) invocation_.note("run: " + pot_ + " ran out of memory");
    const auto status = run_status(run);
    if (!status) return status.failure();
    return std::optional(*status);
}

/// It ended while potd was away. A pot that was removed then is told of by the events alone.
Result<std::optional<int>> Foreground::status_from_history() {
    if (ending_) {
        const auto record = ending_->finish();
        if (record) return status_of(*record);
    }
    const auto run = invocation_.api().get(pot_url(pot_, "/runs/" + std::to_string(run_number_)));
    if (run) return status_of(*run);
    const auto events = invocation_.api().list("/v1/events?since=0&type=pot.exited&pot=" + url_escape(pot_));
    if (!events) return events.failure();
    for (const Value& event : (*events)["items"].items()) {
        if (event["pot_id"].text() != pot_id_ || event["run"].integer().value_or(0) != run_number_) continue;
        return status_of(run_of_event(event));
    }
    return failed("nobody knows how it ended");
}

}  // namespace potd::client
