#include "tests/support/poll_loop.hpp"

#include <algorithm>
#include <chrono>

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace potd::test {

PollLoop::PollLoop() : wake_fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

PollLoop::~PollLoop() {
    for (std::thread& worker : workers_) worker.join();
    ::close(wake_fd_);
}

bool PollLoop::run_until(const std::function<bool()>& condition, core::milliseconds limit) {
    const core::SteadyTime deadline = steady().plus(limit);
    while (!condition()) {
        if (steady() >= deadline) return false;
        step(time_to_next(deadline));
    }
    return true;
}

void PollLoop::run_ready() {
    step(0);
}

int PollLoop::time_to_next(core::SteadyTime deadline) {
    core::SteadyTime next = deadline;
    if (!timers_.empty()) next = std::min(next, timers_.begin()->first.first);
    const std::lock_guard lock(mutex_);
    if (!posted_.empty()) return 0;
    return static_cast<int>(std::max<std::int64_t>(0, next.ms - steady().ms));
}

void PollLoop::step(int timeout_ms) {
    std::vector<pollfd> polled{{wake_fd_, POLLIN, 0}};
    std::vector<Key> keys{{wake_fd_, Interest::Read}};
    for (const auto& [key, ready] : waiters_) {
        polled.push_back({key.first, static_cast<short>(key.second == Interest::Read ? POLLIN : POLLOUT), 0});
        keys.push_back(key);
    }
    if (::poll(polled.data(), static_cast<nfds_t>(polled.size()), timeout_ms) > 0) {
        if (polled[0].revents != 0) {
            eventfd_t count = 0;
            (void)::eventfd_read(wake_fd_, &count);
        }
        for (std::size_t at = 1; at < polled.size(); ++at) {
            if (polled[at].revents != 0) call(keys[at]);
        }
    }
    run_posted();
    run_timers();
}

void PollLoop::call(const Key& key) {
    // An earlier call of this round may have dropped it.
    const auto found = waiters_.find(key);
    if (found == waiters_.end()) return;
    const auto ready = std::move(found->second);
    waiters_.erase(found);
    ready();
}

void PollLoop::run_posted() {
    std::deque<std::function<void()>> tasks;
    {
        const std::lock_guard lock(mutex_);
        tasks.swap(posted_);
    }
    for (const auto& task : tasks) task();
}

void PollLoop::run_timers() {
    while (!timers_.empty() && timers_.begin()->first.first <= steady()) {
        const auto fire = std::move(timers_.begin()->second);
        timers_.erase(timers_.begin());
        fire();
    }
}

void PollLoop::wait(int fd, Interest interest, std::function<void()> ready) {
    waiters_[{fd, interest}] = std::move(ready);
}

void PollLoop::forget(int fd) {
    waiters_.erase({fd, Interest::Read});
    waiters_.erase({fd, Interest::Write});
}

void PollLoop::post(std::function<void()> task) {
    const std::lock_guard lock(mutex_);
    posted_.push_back(std::move(task));
    (void)::eventfd_write(wake_fd_, 1);
}

void PollLoop::blocking(std::function<void()> work, std::function<void()> done) {
    workers_.emplace_back([this, work = std::move(work), done = std::move(done)]() mutable {
        work();
        post(std::move(done));
    });
}

core::Timers::Id PollLoop::arm(core::SteadyTime due, std::function<void()> fire) {
    timers_.emplace(std::pair{due, ++last_timer_}, std::move(fire));
    return last_timer_;
}

void PollLoop::cancel(Id id) {
    const auto found = std::find_if(timers_.begin(), timers_.end(),
                                    [id](const auto& timer) { return timer.first.second == id; });
    if (found != timers_.end()) timers_.erase(found);
}

core::WallTime PollLoop::wall() const {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return {std::chrono::duration_cast<core::milliseconds>(now).count()};
}

core::SteadyTime PollLoop::steady() const {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    return {std::chrono::duration_cast<core::milliseconds>(now).count()};
}

}  // namespace potd::test
