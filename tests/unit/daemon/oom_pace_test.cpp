#include "daemon/platform/posix/oom_pace.hpp"

#include "tests/fakes/manual_loop.hpp"

#include <optional>
#include <vector>

#include <gtest/gtest.h>

namespace potd::platform {
namespace {

class OomPaceTest : public ::testing::Test {
  protected:
    using Told = std::vector<std::int64_t>;

    Told told_;
    fakes::ManualClock clock_;
    fakes::ManualTimers timers_{clock_};
    std::optional<OomPace> pace_{std::in_place, timers_, clock_,
                                 [this](std::int64_t kills) { told_.push_back(kills); }};
};

TEST_F(OomPaceTest, TellsTheFirstAtOnceAndTheRestOnceASecond) {
    for (std::int64_t kills = 1; kills <= 300; ++kills) {
        pace_->take(kills);
        timers_.advance(core::milliseconds(10));
    }
    EXPECT_EQ(told_, (Told{1, 100, 200, 300}));
    timers_.advance(core::milliseconds(5'000));
    EXPECT_EQ(timers_.armed(), 0U) << "nothing happens, and nobody is woken";
    pace_->take(301);
    EXPECT_EQ(told_.back(), 301) << "at once again";
}

TEST_F(OomPaceTest, TellsTheLatestWhenNoneFollow) {
    pace_->take(1);
    pace_->take(2);
    pace_->take(3);
    EXPECT_EQ(told_, (Told{1}));
    timers_.advance(core::milliseconds(1'000));
    EXPECT_EQ(told_, (Told{1, 3}));
}

TEST_F(OomPaceTest, NothingIsLostWhenTheRunIsOver) {
    pace_->flush();
    EXPECT_EQ(told_, Told{});
    pace_->take(1);
    pace_->take(2);
    pace_->flush();
    pace_->flush();
    EXPECT_EQ(told_, (Told{1, 2}));
    pace_->take(3);
    pace_.reset();
    EXPECT_EQ(timers_.armed(), 0U);
    EXPECT_EQ(told_, (Told{1, 2}));
}

}  // namespace
}  // namespace potd::platform
