#pragma once

#include "core/port/clock.hpp"
#include "core/port/executor.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <utility>

namespace potd::fakes {

/// Time that moves only when told. Any thread may read; `advance` belongs to the test's thread.
class ManualClock : public core::Clock {
  public:
    explicit ManualClock(core::WallTime wall = {1'700'000'000'000}, core::SteadyTime steady = {1'000})
        : wall_(wall), steady_(steady) {}

    [[nodiscard]] core::WallTime wall() const override;
    [[nodiscard]] core::SteadyTime steady() const override;

    /// Moves both times forward.
    void advance(core::milliseconds by);
    /// The wall clock alone, as when somebody sets it; may go back.
    void set_wall(core::WallTime wall);

  private:
    mutable std::mutex mutex_;  // guards both times
    core::WallTime wall_;
    core::SteadyTime steady_;
};

/// Timers that fire only inside `fire_due` and `advance`, earliest first, equal ones in arming order.
class ManualTimers : public core::Timers {
  public:
    explicit ManualTimers(ManualClock& clock) : clock_(clock) {}

    Id arm(core::SteadyTime due, std::function<void()> fire) override;
    void cancel(Id id) override;

    /// Fires what is due now, also what those arm for now; returns how many fired.
    std::size_t fire_due();
    /// Steps the clock from deadline to deadline up to `by`, firing each at its time.
    std::size_t advance(core::milliseconds by);
    [[nodiscard]] std::size_t armed() const { return timers_.size(); }
    /// Forgets every timer, as a crash would.
    void drop() { timers_.clear(); }
    /// Time until the next one; zero if it is overdue, negative if none is armed.
    [[nodiscard]] core::milliseconds until_next() const;

  private:
    using Key = std::pair<core::SteadyTime, Id>;

    ManualClock& clock_;
    Id last_id_ = 0;
    std::map<Key, std::function<void()>> timers_;
};

/// The loop as a queue drained by hand. `post` may be called from any thread, the rest from the test's.
/// `blocking` work runs on the test's thread, inside `run_one`, and its `done` is queued behind.
class ManualExecutor : public core::Executor {
  public:
    void post(std::function<void()> task) override;
    void blocking(std::function<void()> work, std::function<void()> done) override;

    /// Runs the oldest task; false if there was none.
    bool run_one();
    /// Runs until nothing is queued; returns how many ran.
    std::size_t run();
    /// Runs tasks, waiting for other threads to post more, until `done` holds. False if it does not
    /// within `patience`, which is only there so that a broken test ends.
    bool run_until(const std::function<bool()>& done,
                   std::chrono::seconds patience = std::chrono::seconds(30));
    /// Forgets what is queued, as a crash would.
    void drop();
    [[nodiscard]] std::size_t queued() const;

  private:
    [[nodiscard]] std::function<void()> take();

    mutable std::mutex mutex_;  // guards tasks_
    std::condition_variable posted_;
    std::deque<std::function<void()>> tasks_;
};

}  // namespace potd::fakes
