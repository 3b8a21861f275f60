#include "daemon/loop/asio_loop.hpp"

#include <array>
#include <csignal>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace potd::loop {
namespace {

class AsioLoopTest : public testing::Test {
  protected:
    AsioLoopTest() { EXPECT_EQ(::pipe2(pipe_.data(), O_CLOEXEC | O_NONBLOCK), 0); }
    ~AsioLoopTest() override {
        loop_.forget(pipe_[0]);
        loop_.forget(pipe_[1]);
        ::close(pipe_[0]);
        ::close(pipe_[1]);
    }

    AsioLoop loop_;
    std::array<int, 2> pipe_{};
};

TEST_F(AsioLoopTest, RunsPostedTasksInOrderAlsoFromOtherThreads) {
    std::vector<int> order;
    loop_.post([&] { order.push_back(1); });
    std::thread other([&] {
        loop_.post([&] { order.push_back(2); });
        loop_.post([&] { loop_.stop(); });
    });
    other.join();
    loop_.run();
    EXPECT_EQ(order, (std::vector<int>{1, 2}));
}

TEST_F(AsioLoopTest, TimersFireInOrderOfTheirDeadlines) {
    std::vector<int> order;
    const core::SteadyTime now = loop_.steady();
    loop_.arm(now.plus(core::milliseconds{3}), [&] {
        order.push_back(3);
        loop_.stop();
    });
    loop_.arm(now.plus(core::milliseconds{1}), [&] { order.push_back(1); });
    const auto cancelled = loop_.arm(now.plus(core::milliseconds{2}), [&] { order.push_back(2); });
    loop_.cancel(cancelled);
    loop_.cancel(cancelled);
    loop_.run();
    EXPECT_EQ(order, (std::vector<int>{1, 3}));
}

TEST_F(AsioLoopTest, ATimerNeverFiresEarly) {
    const core::SteadyTime due = loop_.steady().plus(core::milliseconds{5});
    core::SteadyTime fired;
    loop_.arm(due, [&] {
        fired = loop_.steady();
        loop_.stop();
    });
    loop_.run();
    EXPECT_GE(fired, due);
}

TEST_F(AsioLoopTest, ATimerMayCancelAndArmOthers) {
    int fired = 0;
    core::Timers::Id victim = 0;
    const core::SteadyTime now = loop_.steady();
    loop_.arm(now, [&] {
        loop_.cancel(victim);
        loop_.arm(now, [&] {
            ++fired;
            loop_.stop();
        });
    });
    victim = loop_.arm(now, [&] { fired += 100; });
    loop_.run();
    EXPECT_EQ(fired, 1);
}

TEST_F(AsioLoopTest, TellsOnceWhenADescriptorIsReadable) {
    int calls = 0;
    loop_.wait(pipe_[0], core::Reactor::Interest::Read, [&] { ++calls; });
    ASSERT_EQ(::write(pipe_[1], "x", 1), 1);
    loop_.arm(loop_.steady().plus(core::milliseconds{5}), [&] { loop_.stop(); });
    loop_.run();
    EXPECT_EQ(calls, 1);
}

TEST_F(AsioLoopTest, AForgottenWaiterIsNotCalledAndTheDescriptorLives) {
    bool called = false;
    loop_.wait(pipe_[0], core::Reactor::Interest::Read, [&] { called = true; });
    ASSERT_EQ(::write(pipe_[1], "x", 1), 1);
    loop_.post([&] { loop_.forget(pipe_[0]); });
    loop_.arm(loop_.steady().plus(core::milliseconds{5}), [&] { loop_.stop(); });
    loop_.run();
    EXPECT_FALSE(called);
    char byte = 0;
    EXPECT_EQ(::read(pipe_[0], &byte, 1), 1);
}

TEST_F(AsioLoopTest, WhatWasQueuedForAForgottenDescriptorDoesNotWakeTheNext) {
    std::array<int, 2> later{};
    std::array<int, 2> silent{};
    ASSERT_EQ(::pipe2(later.data(), O_CLOEXEC | O_NONBLOCK), 0);
    ASSERT_EQ(::pipe2(silent.data(), O_CLOEXEC | O_NONBLOCK), 0);
    bool woken = false;
    int first = 0;
    // Both are told of in one go; whichever comes first drops the other one and waits for a third.
    const auto drop = [&](int other) {
        if (++first > 1) return;
        loop_.forget(other);
        loop_.wait(silent[0], core::Reactor::Interest::Read, [&] { woken = true; });
    };
    loop_.wait(pipe_[0], core::Reactor::Interest::Read, [&] { drop(later[0]); });
    loop_.wait(later[0], core::Reactor::Interest::Read, [&] { drop(pipe_[0]); });
    ASSERT_EQ(::write(pipe_[1], "x", 1), 1);
    ASSERT_EQ(::write(later[1], "x", 1), 1);
    loop_.arm(loop_.steady().plus(core::milliseconds{5}), [&] { loop_.stop(); });
    loop_.run();
    EXPECT_EQ(first, 1);
    EXPECT_FALSE(woken);
    for (const auto* pipe : {&later, &silent}) {
        loop_.forget((*pipe)[0]);
        ::close((*pipe)[0]);
        ::close((*pipe)[1]);
    }
}

TEST_F(AsioLoopTest, BlockingWorkRunsElsewhereAndItsEndHere) {
    const auto here = std::this_thread::get_id();
    std::thread::id worked;
    std::thread::id ended;
    loop_.blocking([&] { worked = std::this_thread::get_id(); },
                   [&] {
                       ended = std::this_thread::get_id();
                       loop_.stop();
                   });
    loop_.run();
    EXPECT_NE(worked, here);
    EXPECT_EQ(ended, here);
}

TEST_F(AsioLoopTest, DrainingLeavesNothingThatWaits) {
    bool queued = false;
    loop_.stop();
    loop_.post([&] { loop_.post([&] { queued = true; }); });
    loop_.run();
    EXPECT_FALSE(queued);
    loop_.drain();
    EXPECT_TRUE(queued);
}

TEST_F(AsioLoopTest, SignalsAreTakenEveryTime) {
    int taken = 0;
    loop_.on_signal(SIGUSR1, [&] {
        if (++taken == 2)
            loop_.stop();
        else
            EXPECT_EQ(::raise(SIGUSR1), 0);
    });
    ASSERT_EQ(::raise(SIGUSR1), 0);
    loop_.run();
    EXPECT_EQ(taken, 2);
}

}  // namespace
}  // namespace potd::loop
