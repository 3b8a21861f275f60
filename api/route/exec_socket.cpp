#include "api/route/exec_socket.hpp"

#include "api/route/reply.hpp"
#include "core/model/validate.hpp"
#include "openapi/wire/codec.hpp"
#include "openapi/wire/exec.hpp"
#include "openapi/wire/system.hpp"

#include <limits>
#include <utility>

namespace potd::api {
namespace {

/// Beyond this either direction is held up.
constexpr std::size_t most_queued = 512U << 10U;
/// What keeping a message takes beside its bytes, of which there may be none.
constexpr std::size_t cost_of_message = 64;
constexpr core::milliseconds input_check{10};
constexpr std::uint16_t normal_closure = 1000;

core::Status resize(core::ExecSession& session, const wire::ExecControl& control) {
    constexpr std::int64_t most = std::numeric_limits<std::uint16_t>::max();
    const std::int64_t rows = control.rows.value_or(0);
    const std::int64_t columns = control.columns.value_or(0);
    if (rows < 1 || rows > most) return bad_field("rows", "rows: expected 1 to 65535");
    if (columns < 1 || columns > most) return bad_field("columns", "columns: expected 1 to 65535");
    return session.resize(static_cast<std::uint16_t>(rows), static_cast<std::uint16_t>(columns));
}

core::Status send_signal(core::ExecSession& session, const wire::ExecControl& control) {
    auto number = core::parse_signal(control.signal.text, "signal");
    if (!number) return std::move(number).error();
    return session.signal(*number);
}

core::Status obey(core::ExecSession& session, const wire::ExecControl& control) {
    if (control.type == "resize") return resize(session, control);
    if (control.type == "signal") return send_signal(session, control);
    if (control.type != "eof") return core::invalid_field("type", control.type, "resize, signal or eof");
    session.close_stdin();
    return {};
}

}  // namespace

ExecSocket::ExecSocket(core::Clock& clock, core::Timers& timers, std::string pot)
    : clock_(clock), timers_(timers), pot_(std::move(pot)) {}

ExecSocket::~ExecSocket() {
    if (on_gone_) on_gone_();  // the WebSocket never came up
}

void ExecSocket::on_socket(WebSocket& socket) {
    socket_ = &socket;
    const auto self = shared_from_this();
    socket.start({[self](std::string_view message, bool binary) { self->on_message(message, binary); },
                  [self] {
                      if (std::exchange(self->answers_wait_, false)) self->pace();
                      if (self->session_ && std::exchange(self->output_held_, false)) {
                          self->session_->pause_output(false);
                      }
                  },
                  [self](bool by_client) { self->on_closed(by_client); }});
    if (problem_) return fail(*std::exchange(problem_, std::nullopt));
    if (session_) begin();
}

void ExecSocket::on_session(core::Result<std::unique_ptr<core::ExecSession>> session) {
    if (!session) return fail(session.error());
    if (!*session) return fail(core::error(core::ErrorKind::Internal, "there is no session"));
    if (gone_) {
        if (left_ && owns_input_) (*session)->close_stdin();
        return;
    }
    on_gone_ = nullptr;
    session_ = std::move(session).value();
    if (socket_ != nullptr) begin();
}

void ExecSocket::begin() {
    started_ = true;
    socket_->send(wire::encode(wire::ExecStatus{"started", {}, {}}), false);
    const auto weak = weak_from_this();
    session_->start(
        [weak](core::Stream stream, std::string_view bytes) {
            if (const auto self = weak.lock()) self->on_output(stream, bytes);
        },
        [weak](core::ExecResult result) {
            if (const auto self = weak.lock()) self->on_done(result);
        });
    take_early();
}

void ExecSocket::on_message(std::string_view message, bool binary) {
    if (binary) {
        if (message.empty() || message.front() != wire::channel_stdin) {
            return fail(
                bad_field("channel", "a binary message begins with the byte 0 and goes to standard input"));
        }
        return on_input(message.substr(1));
    }
    if (const Start start = std::exchange(start_, nullptr)) return start(message);
    on_control(message);
}

/// A client need not wait for "started" before it sends: what comes early is kept, and too much of it
/// holds the client up.
bool ExecSocket::keep_early(std::string_view message, bool binary) {
    if (started_ && session_) return false;
    early_bytes_ += message.size() + cost_of_message;
    early_.emplace_back(message, binary);
    if (early_bytes_ <= most_queued) return true;
    early_is_full_ = true;
    pace();
    return true;
}

void ExecSocket::take_early() {
    early_bytes_ = 0;
    if (std::exchange(early_is_full_, false)) pace();
    for (const auto& [message, binary] : std::exchange(early_, {})) {
        if (session_) binary ? on_input(message) : on_control(message);
    }
}

void ExecSocket::on_control(std::string_view message) {
    wire::ExecControl control;
    if (const auto problem = wire::decode(message, control)) {
        return send_problem(to_problem(*problem));
    }
    if (keep_early(message, false)) return;
    if (const core::Status obeyed = obey(*session_, control); !obeyed)
        send_problem(problem_of(obeyed.error()));
}

/// What comes after the command closed its input is dropped, as a pipe would do.
void ExecSocket::on_input(std::string_view bytes) {
    if (keep_early(bytes, true)) return;
    if (!session_->write(bytes) || session_->unwritten() <= most_queued) return;
    input_is_full_ = true;
    pace();
    resume_input();
}

/// Each direction has something that it may wait for.
void ExecSocket::pace() {
    if (socket_ != nullptr) socket_->pause(early_is_full_ || input_is_full_ || answers_wait_);
}

/// The session does not tell when its input drains, so while it is full this looks again and again.
void ExecSocket::resume_input() {
    input_timer_ = timers_.arm(clock_.steady().plus(input_check), [weak = weak_from_this()] {
        const auto self = weak.lock();
        if (!self) return;
        self->input_timer_ = 0;
        if (self->socket_ == nullptr || !self->session_) return;
        if (self->session_->unwritten() > most_queued / 2) return self->resume_input();
        self->input_is_full_ = false;
        self->pace();
    });
}

void ExecSocket::on_output(core::Stream stream, std::string_view bytes) {
    if (socket_ == nullptr) return;
    std::string message(1, stream == core::Stream::Stdout ? wire::channel_stdout : wire::channel_stderr);
    message += bytes;
    socket_->send(std::move(message), true);
    if (socket_->queued() <= most_queued || output_held_) return;
    output_held_ = true;
    session_->pause_output(true);
}

void ExecSocket::on_done(const core::ExecResult& result) {
    if (socket_ != nullptr) {
        wire::ExecStatus status{"exit", result.exit_code, {}};
        if (result.signal != 0) status.signal = result.signal;
        socket_->send(wire::encode(status), false);
        socket_->close(normal_closure, "the command has ended");
    }
    drop_session();
}

Problem ExecSocket::problem_of(const core::Error& error) const {
    return to_problem(error, pot_);
}

void ExecSocket::fail(const core::Error& error) {
    fail(problem_of(error));
}

void ExecSocket::fail(const Problem& problem) {
    if (gone_) return;
    if (socket_ == nullptr) {
        problem_ = problem;
        return;
    }
    send_problem(problem);
    socket_->close(normal_closure, "failed");
    drop_session();
}

void ExecSocket::send_problem(const Problem& problem) {
    wire::Problem body = to_wire(problem);
    body.type = "error";
    body.pot = pot_;
    socket_->send(wire::encode(body), false);
    // Who asks for what cannot be, again and again, has to read the answers.
    if (socket_->queued() <= most_queued) return;
    answers_wait_ = true;
    pace();
}

void ExecSocket::on_closed(bool by_client) {
    left_ = by_client;
    if (left_ && owns_input_ && session_) session_->close_stdin();
    socket_ = nullptr;
    gone_ = true;
    timers_.cancel(std::exchange(input_timer_, 0));
    if (const auto tell = std::exchange(on_gone_, nullptr)) tell();
    start_ = nullptr;
    drop_session();
}

/// Later, because the session may be the caller.
void ExecSocket::drop_session() {
    if (session_) timers_.arm(clock_.steady(), [session = std::shared_ptr(std::move(session_))] {});
}

}  // namespace potd::api
