#include "api/route/exec_call.hpp"

#include "api/route/reply.hpp"
#include "openapi/wire/exec.hpp"

#include <algorithm>

namespace potd::api {
namespace {

constexpr int sigkill = 9;  // the same number on every system potd knows

}  // namespace

ExecCall::ExecCall(Later later, Plan plan, core::Clock& clock, core::Timers& timers)
    : later_(std::move(later)), plan_(std::move(plan)), clock_(clock), timers_(timers) {}

void ExecCall::begin(core::ExecHost& host) {
    const auto self = shared_from_this();
    later_.on_cancel([self] { self->give_up(); });
    if (plan_.timeout) {
        timer_ = timers_.arm(clock_.steady().plus(*plan_.timeout), [self] {
            self->timer_ = 0;
            self->later_.fail(
                core::error(core::ErrorKind::Timeout, "the command did not end in time; it was killed"),
                self->plan_.pot);
            self->give_up();
        });
    }
    host.exec(plan_.key, plan_.request, [self](core::Result<std::unique_ptr<core::ExecSession>> session) {
        self->opened(std::move(session));
    });
}

void ExecCall::opened(core::Result<std::unique_ptr<core::ExecSession>> session) {
    guarded(later_, [&] {
        if (!session) {
            later_.fail(session.error(), plan_.pot);
            return end();
        }
        session_ = std::move(session).value();
        if (over_) return give_up();
        session_->start([self = shared_from_this()](core::Stream stream,
                                                    std::string_view bytes) { self->take(stream, bytes); },
                        [self = shared_from_this()](core::ExecResult result) { self->ended(result); });
        feed();
    });
}

/// The command may have closed its input; then it does not want the rest.
void ExecCall::feed() {
    const core::Status written = plan_.input.empty() ? core::Status() : session_->write(plan_.input);
    if (written) session_->close_stdin();
    std::string().swap(plan_.input);
}

void ExecCall::take(core::Stream stream, std::string_view bytes) {
    std::string& kept = stream == core::Stream::Stdout ? output_ : errors_;
    const std::size_t room = kept_of_each_stream - kept.size();
    truncated_ = truncated_ || bytes.size() > room;
    kept.append(bytes.substr(0, room));
}

void ExecCall::ended(const core::ExecResult& result) {
    guarded(later_, [&] {
        wire::ExecResult body;
        body.exit_code = result.exit_code;
        if (result.signal != 0) body.signal = result.signal;
        body.output = std::move(output_);
        body.errors = std::move(errors_);
        body.truncated = truncated_;
        answer_json(later_, body);
    });
    end();
}

/// Nobody waits for the result any more.
void ExecCall::give_up() {
    if (session_) {
        // It may have ended this moment; then there is nothing to kill.
        static_cast<void>(session_->signal(sigkill));
    }
    end();
}

void ExecCall::end() {
    const auto self = shared_from_this();
    over_ = true;
    timers_.cancel(std::exchange(timer_, 0));
    // The session holds this object in its callbacks, and may be calling one of them.
    if (session_) timers_.arm(clock_.steady(), [session = std::shared_ptr(std::move(session_))] {});
}

}  // namespace potd::api
