#include "tests/fakes/manual_loop.hpp"

namespace potd::fakes {

core::WallTime ManualClock::wall() const {
    const std::lock_guard lock(mutex_);
    return wall_;
}

core::SteadyTime ManualClock::steady() const {
    const std::lock_guard lock(mutex_);
    return steady_;
}

void ManualClock::advance(core::milliseconds by) {
    const std::lock_guard lock(mutex_);
    wall_.ms += by.count();
    steady_ = steady_.plus(by);
}

void ManualClock::set_wall(core::WallTime wall) {
    const std::lock_guard lock(mutex_);
    wall_ = wall;
}

core::Timers::Id ManualTimers::arm(core::SteadyTime due, std::function<void()> fire) {
    const Id id = ++last_id_;
    timers_.emplace(Key{due, id}, std::move(fire));
    return id;
}

void ManualTimers::cancel(Id id) {
    std::erase_if(timers_, [id](const auto& timer) { return timer.first.second == id; });
}

std::size_t ManualTimers::fire_due() {
    std::size_t fired = 0;
    while (!timers_.empty() && timers_.begin()->first.first <= clock_.steady()) {
        auto timer = timers_.extract(timers_.begin());
        timer.mapped()();
        ++fired;
    }
    return fired;
}

std::size_t ManualTimers::advance(core::milliseconds by) {
    const core::SteadyTime end = clock_.steady().plus(by);
    std::size_t fired = fire_due();
    while (!timers_.empty() && timers_.begin()->first.first <= end) {
        clock_.advance(until_next());
        fired += fire_due();
    }
    clock_.advance(core::milliseconds(end.ms - clock_.steady().ms));
    return fired;
}

core::milliseconds ManualTimers::until_next() const {
    if (timers_.empty()) return core::milliseconds(-1);
    const auto left = timers_.begin()->first.first.ms - clock_.steady().ms;
    return core::milliseconds(left > 0 ? left : 0);
}

void ManualExecutor::post(std::function<void()> task) {
    {
        const std::lock_guard lock(mutex_);
        tasks_.push_back(std::move(task));
    }
    posted_.notify_one();
}

void ManualExecutor::blocking(std::function<void()> work, std::function<void()> done) {
    post([this, work = std::move(work), done = std::move(done)]() mutable {
        work();
        post(std::move(done));
    });
}

std::function<void()> ManualExecutor::take() {
    const std::lock_guard lock(mutex_);
    if (tasks_.empty()) return {};
    auto task = std::move(tasks_.front());
    tasks_.pop_front();
    return task;
}

bool ManualExecutor::run_one() {
    const auto task = take();
    if (!task) return false;
    task();
    return true;
}

std::size_t ManualExecutor::run() {
    std::size_t count = 0;
    while (run_one()) ++count;
    return count;
}

bool ManualExecutor::run_until(const std::function<bool()>& done, std::chrono::seconds patience) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (!done()) {
        if (run_one()) continue;
        std::unique_lock lock(mutex_);
        if (!posted_.wait_until(lock, deadline, [this] { return !tasks_.empty(); })) return done();
    }
    return true;
}

void ManualExecutor::drop() {
    std::deque<std::function<void()>> dropped;
    const std::lock_guard lock(mutex_);
    dropped.swap(tasks_);
}

std::size_t ManualExecutor::queued() const {
    const std::lock_guard lock(mutex_);
    return tasks_.size();
}

}  // namespace potd::fakes
