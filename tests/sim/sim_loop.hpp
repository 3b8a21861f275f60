#pragma once

#include "core/port/executor.hpp"

#include <deque>
#include <functional>
#include <utility>

namespace potd::sim {

/// potd's loop as a queue, drained one task at a time. One thread.
class SimLoop : public core::Executor {
  public:
    void post(std::function<void()> task) override { tasks_.push_back(std::move(task)); }
    void blocking(std::function<void()> work, std::function<void()> done) override {
        post([this, work = std::move(work), done = std::move(done)]() mutable {
            work();
            post(std::move(done));
        });
    }

    /// False if there was none.
    bool run_one() {
        if (tasks_.empty()) return false;
        const auto task = std::move(tasks_.front());
        tasks_.pop_front();
        task();
        return true;
    }
    void drop() { std::exchange(tasks_, {}); }

  private:
    std::deque<std::function<void()>> tasks_;
};

}  // namespace potd::sim
