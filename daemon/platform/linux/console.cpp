#include "daemon/platform/linux/console.hpp"

#include <array>
#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace potd::platform {
namespace {

constexpr int burst = 1 << 20;
/// Before asking the monitor again for a console it closed because we were slow, or because it ends.
constexpr core::milliseconds second_try{100};

}  // namespace

core::Result<Pipe> make_pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return core::os_error(errno, "make a pipe");
    return Pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

Console::Console(Loop loop, std::shared_ptr<ExecTable> table) : loop_(loop), table_(std::move(table)) {
    // Registered before any session's, so that the last output is passed on before they end.
    watcher_ = table_->watch(0, [this](int) { run_ended(); });
}

Console::~Console() {
    table_->forget(watcher_);
    if (timer_ != 0) loop_.timers.cancel(timer_);
}

void Console::join(core::Reply<SessionFds> reply) {
    if (state_ == State::Attached) return reply(add_viewer());
    joining_.push_back(std::move(reply));
    if (state_ == State::Idle) ask();
}

void Console::ask() {
    auto output = make_pipe(), error = make_pipe();
    if (!output || !error)
        return attached(core::error(core::ErrorKind::ResourceExhausted, "no pipe for a console"));
    // The monitor does not wait for a slow reader: room for a burst. Less is no failure.
    (void)::fcntl(output->write.get(), F_SETPIPE_SZ, burst);
    (void)::fcntl(error->write.get(), F_SETPIPE_SZ, burst);
    std::vector<UniqueFd> theirs;
    theirs.push_back(std::move(output->write));
    theirs.push_back(std::move(error->write));
    output_pipe_ = std::move(output).value();
    error_pipe_ = std::move(error).value();
    state_ = State::Asking;
    table_->attach(std::move(theirs), [held = weak_from_this()](core::Result<ExecTable::Console> answer) {
        if (const auto console = held.lock()) console->attached(std::move(answer));
    });
}

void Console::attached(core::Result<ExecTable::Console> answer) {
    const auto joining = std::exchange(joining_, {});
    state_ = answer ? State::Attached : State::Idle;
    if (!answer) {
        for (const auto& reply : joining) reply(answer.error());
        return;
    }
    console_ = std::move(answer).value();
    output_ = std::make_unique<OutputStream>(loop_.reactor, std::move(output_pipe_.read));
    error_ = std::make_unique<OutputStream>(loop_.reactor, std::move(error_pipe_.read));
    output_->on_end([this] { stream_ended(); });
    output_->start([this](std::string_view bytes) { feed(&Viewer::output, bytes); });
    error_->start([this](std::string_view bytes) { feed(&Viewer::error, bytes); });
    for (const auto& reply : joining) reply(add_viewer());
}

core::Result<SessionFds> Console::add_viewer() {
    auto output = make_pipe(), error = make_pipe();
    if (!output) return std::move(output).error();
    if (!error) return std::move(error).error();
    for (const Pipe* pipe : {&output.value(), &error.value()}) {
        (void)::fcntl(pipe->write.get(), F_SETPIPE_SZ, burst);
        if (::fcntl(pipe->write.get(), F_SETFL, O_NONBLOCK) != 0)
            return core::os_error(errno, "set up a pipe");
    }
    SessionFds fds;
    fds.terminal = console_.terminal;
    fds.output = std::move(output->read);
    fds.error = std::move(error->read);
    if (console_.input) fds.input.reset(::fcntl(console_.input.get(), F_DUPFD_CLOEXEC, 0));
    viewers_.push_back({std::move(output->write), std::move(error->write)});
    return fds;
}

void Console::feed(UniqueFd Viewer::*stream, std::string_view bytes) {
    // What a full pipe does not take is lost for its reader; one without reader is no viewer any more.
    std::erase_if(viewers_, [&](const Viewer& viewer) {
        return ::write((viewer.*stream).get(), bytes.data(), bytes.size()) < 0 && errno == EPIPE;
    });
}

void Console::stream_ended() {
    timer_ = loop_.timers.arm(loop_.clock.steady().plus(second_try), [this] {
        timer_ = 0;
        state_ = State::Idle;
        ask();
    });
}

void Console::run_ended() {
    if (timer_ != 0) loop_.timers.cancel(std::exchange(timer_, 0));
    if (output_) (void)output_->drain();
    if (error_) (void)error_->drain();
    if (timer_ != 0) loop_.timers.cancel(std::exchange(timer_, 0));
    viewers_.clear();
}

}  // namespace potd::platform
