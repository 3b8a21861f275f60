#include "daemon/platform/posix/running_hook.hpp"

#include "daemon/platform/posix/spawn.hpp"

#include <array>
#include <cerrno>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

namespace potd::platform {
namespace {

/// One read of a turn of the loop: what a pipe holds.
constexpr std::size_t read_size = std::size_t{64} * 1024;
constexpr int reap_patience_ms = 1'000;

std::vector<std::string> assignments(const std::vector<core::EnvVar>& env) {
    std::vector<std::string> texts;
    texts.reserve(env.size());
    for (const core::EnvVar& one : env) texts.push_back(one.name + "=" + one.value);
    return texts;
}

/// Reads once; 0 at the end, less with errno.
ssize_t read_into(HookOutput& collected, int fd) {
    std::array<char, read_size> bytes;  // NOLINT(cppcoreguidelines-pro-type-member-init): all of it is read
    const ssize_t count = ::read(fd, bytes.data(), bytes.size());
    if (count > 0) collected.add({bytes.data(), static_cast<std::size_t>(count)});
    return count;
}

}  // namespace

RunningHook::RunningHook(Loop loop, HookGroups& groups, core::HookRequest request,
                         core::HookRunner::Done ended)
    : loop_(loop),
      groups_(groups),
      request_(std::move(request)),
      ended_(std::move(ended)),
      name_(core::kernel_name(request_.key)) {}

RunningHook::~RunningHook() {
    *alive_ = false;
    if (timer_ != 0) loop_.timers.cancel(timer_);
    close_output();
    if (!process_) return;
    loop_.reactor.forget(process_.get());
    // It was killed with its group; the wait is for its last steps.
    pollfd polled{process_.get(), POLLIN, 0};
    if (::poll(&polled, 1, reap_patience_ms) == 1) (void)reap(process_);
}

void RunningHook::start() {
    const bool script = !request_.script.empty();
    if (!script && (request_.command.empty() || !request_.command.front().starts_with('/'))) {
        return refuse("the command does not begin with an absolute path");
    }
    timer_ = loop_.timers.arm(loop_.clock.steady().plus(request_.timeout), [this] {
        timer_ = 0;
        cut(HookCut::TimedOut);
    });
    if (request_.user.empty()) return begin({});
    const auto user = std::make_shared<core::Result<HostUser>>(HostUser{});
    loop_.executor.blocking([user, text = request_.user] { *user = find_host_user(text); },
                            [this, alive = alive_, user] {
                                if (!*alive || cut_ != HookCut::None) return;
                                if (!*user) return refuse(user->error().message);
                                begin(user->value());
                            });
}

void RunningHook::begin(const HostUser& user) {
    if (auto launched = launch(user); !launched) refuse(launched.error().message);
}

core::Status RunningHook::launch(const HostUser& user) {
    std::array<int, 2> ends{-1, -1};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return core::os_error(errno, "pipe");
    output_.reset(ends[0]);
    const UniqueFd theirs(ends[1]);
    // Only our end: the hook's is an ordinary one.
    if (::fcntl(output_.get(), F_SETFL, O_NONBLOCK) != 0) return core::os_error(errno, "fcntl");
    auto started = groups_.start(
        name_, {request_.command, request_.script, assignments(request_.env), user, theirs.get()});
    if (!started) return std::move(started).error();
    process_ = std::move(started->process);
    failure_ = std::move(started->failure);
    loop_.reactor.wait(process_.get(), core::Reactor::Interest::Read, [this] { process_ended(); });
    await_output();
    return {};
}

void RunningHook::refuse(std::string problem) {
    refused_ = std::move(problem);
    conclude_later();
}

void RunningHook::conclude_later() {
    loop_.executor.post([this, alive = alive_] {
        if (*alive) conclude();
    });
}

void RunningHook::await_output() {
    loop_.reactor.wait(output_.get(), core::Reactor::Interest::Read, [this] { read_some(); });
}

void RunningHook::read_some() {
    const ssize_t count = read_into(collected_, output_.get());
    const bool open = count > 0 || (count < 0 && (errno == EAGAIN || errno == EINTR));
    if (open) return await_output();
    close_output();
}

/// What the program wrote before its end counts; what its children add meanwhile only up to the limit.
void RunningHook::drain() {
    while (output_ && !collected_.truncated()) {
        const ssize_t count = read_into(collected_, output_.get());
        if (count == 0 || (count < 0 && errno != EINTR)) break;
    }
}

void RunningHook::close_output() {
    if (!output_) return;
    loop_.reactor.forget(output_.get());
    output_.reset();
}

void RunningHook::process_ended() {
    loop_.reactor.forget(process_.get());
    if (const auto status = reap(process_)) status_ = status.value();
    process_.reset();
    HookFailure failure;
    if (::read(failure_.get(), &failure, sizeof failure) == sizeof failure)
        refused_ = hook_problem(failure, request_.script.empty() ? request_.command.front() : "script");
    failure_.reset();
    drain();
    close_output();
    if (timer_ != 0) loop_.timers.cancel(std::exchange(timer_, 0));
    if (!gone_) gone_ = groups_.remove(name_);
    if (gone_) return conclude();
    clear();
}

void RunningHook::cut(HookCut reason) {
    const bool over = status_.has_value() || !refused_.empty();
    if (over || cut_ != HookCut::None) return;
    cut_ = reason;
    if (process_) return clear();
    conclude_later();  // its user is still being looked up
}

void RunningHook::clear() {
    if (std::exchange(clearing_, true)) return;
    groups_.clear(name_, [this, alive = alive_](const core::Status& status) {
        if (*alive) cleared(status);
    });
}

void RunningHook::cleared(const core::Status& status) {
    gone_ = status.ok();
    // The end of the process itself is then about to be told.
    if (gone_ && process_) return;
    if (!gone_) stuck_ = "something it started does not end: " + status.error().message;
    if (process_) reap_some_day();
    conclude();
}

/// A program that does not die even when killed sits in the kernel; it is taken when it comes out.
void RunningHook::reap_some_day() {
    const auto process = std::make_shared<ProcessHandle>(std::move(process_));
    core::Reactor& reactor = loop_.reactor;
    reactor.forget(process->get());
    reactor.wait(process->get(), core::Reactor::Interest::Read, [&reactor, process] {
        reactor.forget(process->get());
        (void)reap(*process);
    });
}

void RunningHook::conclude() {
    core::HookResult result = hook_end(status_, cut_, request_.timeout);
    if (!refused_.empty()) {
        result = {};
        result.problem = refused_;
    }
    if (!stuck_.empty()) result.problem += (result.problem.empty() ? "" : "; ") + stuck_;
    result.ended_at = loop_.clock.wall();
    result.output = collected_.text();
    result.truncated = collected_.truncated();
    const auto ended = std::exchange(ended_, {});
    ended(std::move(result));
}

}  // namespace potd::platform
