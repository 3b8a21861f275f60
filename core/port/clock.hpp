#pragma once

#include "core/base/time.hpp"

#include <cstdint>
#include <functional>

namespace potd::core {

/// The time. Any thread.
class Clock {
  public:
    virtual ~Clock() = default;
    [[nodiscard]] virtual WallTime wall() const = 0;
    [[nodiscard]] virtual SteadyTime steady() const = 0;
};

/// One-shot timers on the loop thread. Never fires inside `arm`.
class Timers {
  public:
    using Id = std::uint64_t;
    virtual ~Timers() = default;
    /// `fire` runs on the loop thread at or after `due`. Returns an id for `cancel`, never 0.
    virtual Id arm(SteadyTime due, std::function<void()> fire) = 0;
    /// After this returns the timer does not fire. Unknown or fired ids are ignored.
    virtual void cancel(Id id) = 0;
};

}  // namespace potd::core
