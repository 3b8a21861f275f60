#pragma once

#include "core/port/clock.hpp"
#include "core/port/executor.hpp"

namespace potd::platform {

/// What an adapter on the loop thread waits with.
struct Loop {
    core::Reactor& reactor;
    core::Executor& executor;
    core::Timers& timers;
    core::Clock& clock;
};

}  // namespace potd::platform
