#include "daemon/platform/posix/oom_pace.hpp"

namespace potd::platform {

void OomPace::take(std::int64_t kills) {
    held_ = kills;
    if (timer_ == 0) flush();
}

void OomPace::flush() {
    if (held_ == 0) return;
    timers_.cancel(timer_);
    rest();
    tell_(std::exchange(held_, 0));
}

void OomPace::rest() {
    constexpr core::milliseconds pace{1'000};
    timer_ = timers_.arm(clock_.steady().plus(pace), [this] {
        timer_ = 0;
        flush();
    });
}

}  // namespace potd::platform
