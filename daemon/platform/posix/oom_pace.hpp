#pragma once

#include "core/port/clock.hpp"

#include <cstdint>
#include <functional>
#include <utility>

namespace potd::platform {

/// Tells of kills for memory at once, but once a second at most: a pot that lives with them (`oom.policy:
/// notify`) may have hundreds, and each that is told is an event and a record on the disk. What comes sooner
/// is held back, the latest number stands for all. Loop thread.
class OomPace {
  public:
    using Tell = std::function<void(std::int64_t kills)>;

    OomPace(core::Timers& timers, core::Clock& clock, Tell tell)
        : timers_(timers), clock_(clock), tell_(std::move(tell)) {}
    OomPace(const OomPace&) = delete;
    OomPace& operator=(const OomPace&) = delete;
    ~OomPace() { timers_.cancel(timer_); }

    /// `kills`: of the run so far.
    void take(std::int64_t kills);
    /// Tells what is held back: the run is over.
    void flush();

  private:
    void rest();

    core::Timers& timers_;
    core::Clock& clock_;
    Tell tell_;
    core::Timers::Id timer_ = 0;  ///< 0: what comes is told at once
    std::int64_t held_ = 0;       ///< 0: nothing
};

}  // namespace potd::platform
