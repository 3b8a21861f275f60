#include "daemon/platform/posix/exec_session.hpp"

#include "daemon/platform/posix/monitor_facts.hpp"

#include <cerrno>
#include <utility>

#include <sys/ioctl.h>

namespace potd::platform {
namespace {

/// What a process wrote to a terminal reaches the master through a kernel worker, a moment later.
constexpr core::milliseconds terminal_settles{50};

}  // namespace

MonitorExecSession::MonitorExecSession(Loop loop, std::shared_ptr<ExecTable> table, std::uint32_t id,
                                       SessionFds fds)
    : loop_(loop),
      table_(std::move(table)),
      id_(id),
      terminal_(fds.terminal),
      input_(loop.reactor, std::move(fds.input)),
      output_(loop.reactor, std::move(fds.output)),
      error_(loop.reactor, std::move(fds.error)) {
    watcher_ = table_->watch(id, [this, alive = alive_](int status) {
        if (*alive) ended(status);
    });
}

MonitorExecSession::~MonitorExecSession() {
    *alive_ = false;
    table_->forget(watcher_);
    if (timer_ != 0) loop_.timers.cancel(timer_);
}

void MonitorExecSession::start(Output output, Done done) {
    started_ = true;
    done_ = std::move(done);
    const auto shared = std::make_shared<const Output>(std::move(output));
    output_.start([shared](std::string_view bytes) { (*shared)(core::Stream::Stdout, bytes); });
    error_.start([shared](std::string_view bytes) { (*shared)(core::Stream::Stderr, bytes); });
    if (result_) schedule_conclusion(core::milliseconds{0});
}

void MonitorExecSession::pause_output(bool paused) {
    paused_ = paused;
    output_.pause(paused);
    error_.pause(paused);
    if (!paused && result_) schedule_conclusion(core::milliseconds{0});
}

core::Status MonitorExecSession::write(std::string_view bytes) {
    return input_.write(bytes);
}

core::Status MonitorExecSession::resize(std::uint16_t rows, std::uint16_t columns) {
    if (!terminal_) return core::error(core::ErrorKind::Conflict, "the command has no terminal");
    const winsize size{rows, columns, 0, 0};
    if (::ioctl(output_.fd(), TIOCSWINSZ, &size) == 0) return {};
    return core::os_error(errno, "set the window size");
}

core::Status MonitorExecSession::signal(int signal_number) {
    if (result_) return core::error(core::ErrorKind::NotFound, "the command has ended");
    return table_->signal(id_, signal_number, killed_);
}

void MonitorExecSession::ended(int wait_status) {
    result_ = to_result(wait_status);
    output_.bound_rest();
    error_.bound_rest();
    if (started_) schedule_conclusion(core::milliseconds{0});
}

void MonitorExecSession::schedule_conclusion(core::milliseconds delay) {
    if (timer_ != 0 || !done_) return;
    timer_ = loop_.timers.arm(loop_.clock.steady().plus(delay), [this] {
        timer_ = 0;
        conclude();
    });
}

/// A process that the command left behind may hold the streams open for ever; what the command itself
/// wrote is there to be read once it has ended, so reading what is there by then loses none of it.
void MonitorExecSession::conclude() {
    const std::shared_ptr<bool> alive = alive_;
    if (paused_) return;
    const bool all = output_.drain() && *alive && error_.drain();
    if (!*alive || !all) return;
    if (terminal_ && !output_.at_end() && !settled_) {
        settled_ = true;
        output_.bound_rest();
        return schedule_conclusion(terminal_settles);
    }
    deliver_done();
}

void MonitorExecSession::deliver_done() {
    const Done done = std::exchange(done_, {});
    output_.pause(true);
    error_.pause(true);
    if (done) done(*result_);
}

}  // namespace potd::platform
