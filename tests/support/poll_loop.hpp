#pragma once

#include "core/port/clock.hpp"
#include "core/port/executor.hpp"

#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace potd::test {

/// An event loop of poll(2) for tests of adapters: every port of the loop in one object, driven by
/// the test's own thread. `post` may be called from any thread, the rest from the test's.
class PollLoop final : public core::Reactor, public core::Executor, public core::Timers, public core::Clock {
  public:
    PollLoop();
    PollLoop(const PollLoop&) = delete;
    PollLoop& operator=(const PollLoop&) = delete;
    ~PollLoop() override;

    /// Runs until `condition` holds; false if `limit` passed first.
    [[nodiscard]] bool run_until(const std::function<bool()>& condition,
                                 core::milliseconds limit = core::milliseconds{60'000});
    /// Runs what is due now, without waiting.
    void run_ready();

    void wait(int fd, Interest interest, std::function<void()> ready) override;
    void forget(int fd) override;
    void post(std::function<void()> task) override;
    void blocking(std::function<void()> work, std::function<void()> done) override;
    Id arm(core::SteadyTime due, std::function<void()> fire) override;
    void cancel(Id id) override;
    [[nodiscard]] core::WallTime wall() const override;
    [[nodiscard]] core::SteadyTime steady() const override;

  private:
    using Key = std::pair<int, Interest>;
    void step(int timeout_ms);
    [[nodiscard]] int time_to_next(core::SteadyTime deadline);
    void run_posted();
    void run_timers();
    void call(const Key& key);

    std::map<Key, std::function<void()>> waiters_;
    std::map<std::pair<core::SteadyTime, Id>, std::function<void()>> timers_;
    Id last_timer_ = 0;
    std::mutex mutex_;
    std::deque<std::function<void()>> posted_;  ///< guarded by mutex_
    std::vector<std::thread> workers_;
    int wake_fd_;
};

}  // namespace potd::test
