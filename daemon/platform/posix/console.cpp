#include "daemon/platform/posix/console.hpp"

#include "daemon/platform/posix/console_session.hpp"
#include "daemon/platform/posix/monitor_facts.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <unistd.h>

namespace potd::platform {
namespace {

constexpr int burst = 1 << 20;
constexpr std::size_t chunk = std::size_t{64} * 1024;
/// Before asking the monitor again for a console it closed because we were slow.
constexpr core::milliseconds second_try{100};
/// The monitor has let go of the console when it tells the end; who else might hold it is not waited for.
constexpr core::milliseconds end_patience{2'000};

}  // namespace

std::shared_ptr<Console> Console::create(Loop loop, std::shared_ptr<ExecTable> table) {
    std::shared_ptr<Console> console(new Console(loop, std::move(table)));
    console->watcher_ = console->table_->watch(0, [held = console->weak_from_this()](int status) {
        if (const auto alive = held.lock()) alive->run_ended(status);
    });
    return console;
}

Console::~Console() {
    table_->forget(watcher_);
    if (timer_ != 0) loop_.timers.cancel(timer_);
}

void Console::open() {
    ask(true);
}

void Console::join(const core::AttachOptions& options,
                   core::Reply<std::unique_ptr<core::ExecSession>> reply) {
    if (state_ == State::Attached) {
        reply(add_session(options));
        return set_mode();
    }
    joining_.push_back({options, std::move(reply)});
    if (state_ == State::Idle) ask(wants_wait());
}

// The monitor

void Console::ask(bool wait) {
    if (timer_ != 0) loop_.timers.cancel(std::exchange(timer_, 0));
    auto output = make_pipe(), error = make_pipe();
    if (!output || !error)
        return attached(core::error(core::ErrorKind::ResourceExhausted, "no pipe for a console"));
    // Room for a burst, for a monitor that does not wait for us.
    widen_pipe(output->write.get(), burst);
    widen_pipe(error->write.get(), burst);
    std::vector<UniqueFd> theirs;
    theirs.push_back(std::move(output->write));
    theirs.push_back(std::move(error->write));
    output_pipe_ = std::move(output).value();
    error_pipe_ = std::move(error).value();
    state_ = State::Asking;
    waiting_ = wait && table_->can_wait();
    table_->attach(std::move(theirs), waiting_,
                   [held = weak_from_this()](core::Result<ExecTable::Console> answer) {
                       if (const auto console = held.lock()) console->attached(std::move(answer));
                   });
}

void Console::attached(core::Result<ExecTable::Console> answer) {
    auto joining = std::exchange(joining_, {});
    state_ = answer ? State::Attached : State::Idle;
    if (!answer) {
        for (const Joining& one : joining) one.reply(answer.error());
        return;
    }
    terminal_ = answer->terminal;
    take_input(std::move(answer->input));
    std::vector<std::unique_ptr<core::ExecSession>> sessions;
    sessions.reserve(joining.size());
    for (const Joining& one : joining) sessions.push_back(add_session(one.options));
    read_streams();
    set_mode();
    for (std::size_t i = 0; i < joining.size(); ++i) joining[i].reply(std::move(sessions[i]));
}

/// Asked again, the console has its input already, perhaps with bytes on their way.
void Console::take_input(UniqueFd input) {
    if (input_ || !input) return;
    input_ = std::make_unique<InputStream>(loop_.reactor, std::move(input));
}

void Console::read_streams() {
    output_ = std::make_unique<OutputStream>(loop_.reactor, std::move(output_pipe_.read));
    error_ = std::make_unique<OutputStream>(loop_.reactor, std::move(error_pipe_.read));
    output_->on_end([this] { stream_ended(); });
    error_->on_end([this] { stream_ended(); });
    output_->pause(held_up());
    error_->pause(held_up());
    output_->start([this](std::string_view bytes) { feed(core::Stream::Stdout, bytes); });
    error_->start([this](std::string_view bytes) { feed(core::Stream::Stderr, bytes); });
}

bool Console::wants_wait() const {
    return std::any_of(sessions_.begin(), sessions_.end(),
                       [](const ConsoleSession* session) { return session->lossless(); }) ||
           std::any_of(joining_.begin(), joining_.end(),
                       [](const Joining& one) { return one.options.lossless; });
}

void Console::set_mode() {
    const bool wait = wants_wait() && table_->can_wait();
    if (state_ != State::Attached || result_ || wait == waiting_) return;
    waiting_ = wait;
    // A link that does not take it has ended, which is told on its own.
    (void)table_->set_wait(wait);
}

// The sessions

std::unique_ptr<core::ExecSession> Console::add_session(const core::AttachOptions& options) {
    const bool lossless = options.lossless && table_->can_wait();
    auto session = std::make_unique<ConsoleSession>(loop_, shared_from_this(), lossless);
    sessions_.push_back(session.get());
    if (concluded_) session->end(*result_);
    return session;
}

void Console::leave(const ConsoleSession& session) {
    std::erase(sessions_, &session);
    set_mode();
    pace();
}

bool Console::held_up() const {
    return std::any_of(sessions_.begin(), sessions_.end(),
                       [](const ConsoleSession* session) { return session->holds_up(); });
}

void Console::pace() {
    hold_streams();
    if (result_ && !held_up()) read_tails();
}

void Console::hold_streams() {
    const bool hold = held_up();
    if (output_) output_->pause(hold);
    if (error_) error_->pause(hold);
}

void Console::feed(core::Stream stream, std::string_view bytes) {
    // A consumer may destroy its session, or another's, and with the last of them us.
    const auto self = shared_from_this();
    for (ConsoleSession* session : std::vector<ConsoleSession*>(sessions_)) {
        const bool there = std::find(sessions_.begin(), sessions_.end(), session) != sessions_.end();
        if (there) session->take(stream, bytes);
    }
    hold_streams();
}

core::Status Console::write(std::string_view bytes) {
    if (!input_) return core::error(core::ErrorKind::Conflict, "the command's input is not open");
    return input_->write(bytes);
}

void Console::close_input() {
    if (!input_ || terminal_ || closing_) return;
    closing_ = shared_from_this();
    input_->on_close([this] { input_closed(); });
    input_->finish();
}

/// The monitor's copy keeps the pipe open until it is told; if the command has closed it first, that is
/// no use to anybody either.
void Console::input_closed() {
    const auto self = std::exchange(closing_, nullptr);
    (void)table_->close_input();
}

core::Status Console::resize(std::uint16_t rows, std::uint16_t columns) {
    if (!terminal_) return core::error(core::ErrorKind::Conflict, "the command has no terminal");
    return table_->resize(rows, columns);
}

core::Status Console::signal(int number) {
    return table_->signal(0, number, killed_);
}

// The end

bool Console::all_read() const {
    const bool streams = (!output_ || output_->at_end()) && (!error_ || error_->at_end());
    return streams && !tails_.output.file && !tails_.errors.file;
}

/// One of the two may end long before the command does. Both end when the run does, or when the monitor
/// let go of a reader that was too slow.
void Console::stream_ended() {
    if (result_) return read_tails();
    if (!all_read() || timer_ != 0) return;
    timer_ = loop_.timers.arm(loop_.clock.steady().plus(second_try), [this] {
        timer_ = 0;
        ask_again();
    });
}

void Console::ask_again() {
    state_ = State::Idle;
    ask(wants_wait());
}

void Console::run_ended(int wait_status) {
    if (timer_ != 0) loop_.timers.cancel(std::exchange(timer_, 0));
    result_ = to_result(wait_status);
    tails_ = table_->take_tails();
    const auto self = std::exchange(closing_, nullptr);
    input_.reset();
    if (held_up()) return wait_for_the_rest();
    if (output_ && !output_->drain()) return wait_for_the_rest();
    if (error_ && !error_->drain()) return wait_for_the_rest();
    read_tails();
    if (!all_read()) wait_for_the_rest();
}

/// Streams end by themselves now. If one should not, its reader still gets the end.
void Console::wait_for_the_rest() {
    timer_ = loop_.timers.arm(loop_.clock.steady().plus(end_patience), [this] {
        timer_ = 0;
        if (held_up()) return wait_for_the_rest();
        const auto self = shared_from_this();
        if (output_ && !output_->drain()) return wait_for_the_rest();
        if (error_ && !error_->drain()) return wait_for_the_rest();
        output_.reset();
        error_.reset();
        read_tails();
    });
}

/// The rest that did not fit into the pipes, after them.
void Console::read_tails() {
    const auto self = shared_from_this();
    const auto at_end = [](const std::unique_ptr<OutputStream>& stream) {
        return !stream || stream->at_end();
    };
    if (at_end(output_) && !read_tail(core::Stream::Stdout, tails_.output)) return;
    if (at_end(error_) && !read_tail(core::Stream::Stderr, tails_.errors)) return;
    if (all_read()) conclude();
}

/// False if a session has to wait for its client first.
bool Console::read_tail(core::Stream stream, ExecTable::TailFile& tail) {
    std::vector<char> buffer(tail.file ? chunk : 0);
    while (tail.file) {
        if (held_up()) return false;
        const ssize_t got = ::pread(tail.file.get(), buffer.data(), buffer.size(), tail.position);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) {
            tail.file.reset();
            break;
        }
        tail.position += got;
        feed(stream, {buffer.data(), static_cast<std::size_t>(got)});
    }
    return true;
}

void Console::conclude() {
    if (std::exchange(concluded_, true)) return;
    if (timer_ != 0) loop_.timers.cancel(std::exchange(timer_, 0));
    const core::ExecResult result = *result_;
    for (ConsoleSession* session : std::vector<ConsoleSession*>(sessions_)) {
        const bool there = std::find(sessions_.begin(), sessions_.end(), session) != sessions_.end();
        if (there) session->end(result);
    }
}

}  // namespace potd::platform
