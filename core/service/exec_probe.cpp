#include "core/service/exec_probe.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace potd::core {
namespace {

constexpr std::size_t output_kept = 4096;
constexpr std::string_view failed_with = "exit code ";
constexpr std::string_view decimal_digits = "0123456789";

}  // namespace

std::string without_output(std::string text) {
    const std::size_t at = text.find(failed_with);
    if (at == std::string::npos) return text;
    const std::size_t end = text.find_first_not_of(decimal_digits, at + failed_with.size());
    if (text.compare(std::min(end, text.size()), 2, ": ") == 0) text.resize(end);
    return text;
}

ExecProbe::~ExecProbe() {
    if (timer_ != 0) ports_.timers.cancel(timer_);
}

void ExecProbe::begin(const RunKey& key, const std::vector<std::string>& command, milliseconds timeout,
                      Done done) {
    done_ = std::move(done);
    const std::weak_ptr<ExecProbe> self = weak_from_this();
    timer_ = ports_.timers.arm(ports_.clock.steady().plus(timeout), [self, timeout] {
        if (const auto probe = self.lock()) probe->timed_out(timeout);
    });
    ExecRequest request;
    request.command = command;
    ports_.exec.exec(key, std::move(request), [self](Result<std::unique_ptr<ExecSession>> session) {
        if (const auto probe = self.lock()) probe->connected(std::move(session));
    });
}

void ExecProbe::connected(Result<std::unique_ptr<ExecSession>> session) {
    if (!session) return finish(std::move(session).error());
    session_ = *std::move(session);
    session_->close_stdin();
    const std::weak_ptr<ExecProbe> self = weak_from_this();
    session_->start(
        [self](Stream, std::string_view text) {
            if (const auto probe = self.lock()) probe->output(text);
        },
        [self](const ExecResult& result) {
            if (const auto probe = self.lock()) probe->ended(result);
        });
}

void ExecProbe::output(std::string_view text) {
    output_ += text.substr(0, output_kept - std::min(output_kept, output_.size()));
}

void ExecProbe::ended(const ExecResult& result) {
    if (result.exit_code == 0) return finish(std::move(output_));
    finish(error(ErrorKind::Conflict, std::string(failed_with) + std::to_string(result.exit_code) +
                                          (output_.empty() ? "" : ": " + output_)));
}

void ExecProbe::timed_out(milliseconds timeout) {
    timer_ = 0;
    constexpr int sigkill = 9;
    // It may have ended this moment; then there is nothing to kill.
    if (session_) static_cast<void>(session_->signal(sigkill));
    finish(error(ErrorKind::Timeout, "no answer within " + format_duration(timeout)));
}

/// Told from the loop, so that whoever is told may destroy this with its session.
void ExecProbe::finish(Result<std::string> result) {
    if (!done_) return;
    if (timer_ != 0) ports_.timers.cancel(std::exchange(timer_, 0));
    auto held = std::make_shared<Result<std::string>>(std::move(result));
    ports_.executor.post([self = weak_from_this(), done = std::exchange(done_, {}), held] {
        if (!self.expired()) done(std::move(*held));
    });
}

}  // namespace potd::core
