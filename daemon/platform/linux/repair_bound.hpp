#pragma once

#include <chrono>
#include <cstddef>
#include <deque>

namespace potd::platform {

/// How often something that others undo is repaired at once: five times in ten seconds. Two that mend each
/// other's would never end.
class RepairBound {
  public:
    using Time = std::chrono::steady_clock::time_point;
    /// Whether one more repair may be; then it counts.
    [[nodiscard]] bool allows(Time now) {
        while (!done_.empty() && now - done_.front() > lately) done_.pop_front();
        if (done_.size() == most) return false;
        done_.push_back(now);
        return true;
    }

  private:
    static constexpr std::size_t most = 5;
    static constexpr std::chrono::seconds lately{10};
    std::deque<Time> done_;
};

}  // namespace potd::platform
