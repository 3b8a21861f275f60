#include "tests/support/core_fixture.hpp"

#include <gtest/gtest.h>

namespace potd::core {
namespace {

class RecoveryTest : public testing::Test, public fakes::CoreFixture {
  protected:
    RecoveryTest() {
        install_base();
        EXPECT_TRUE(create("web")->ok());
    }
};

TEST_F(RecoveryTest, ARunningPotIsAdopted) {
    ASSERT_TRUE(start("web")->ok());
    crash();
    EXPECT_EQ(state("web"), PotState::Running);
    EXPECT_EQ(runtime.runs.size(), 1U);
    runtime.exit(key("web"), 4);
    loop.run();
    EXPECT_EQ(pots->find("web")->run->end->exit_code, 4);
}

TEST_F(RecoveryTest, APotThatEndedMeanwhileHasItsTrueStatus) {
    ASSERT_TRUE(start("web")->ok());
    runtime.exit(key("web"), 42);
    loop.run_one();  // the machine knows; potd dies before it records it
    crash();
    EXPECT_EQ(state("web"), PotState::Stopped);
    EXPECT_EQ(pots->find("web")->run->end->exit_code, 42);
    EXPECT_TRUE(runtime.runs.empty());
}

TEST_F(RecoveryTest, ServingWaitsUntilEveryStateIsTrue) {
    ASSERT_TRUE(start("web")->ok());
    runtime.exit(key("web"), 42);
    loop.run_one();
    loop.drop();
    timers.drop();
    journal.drop();
    boot();
    std::optional<PotState> when_served;
    pots->recover(journal.recorded().load().pots, [&](const Status&) { when_served = state("web"); });
    loop.run();
    EXPECT_EQ(when_served, PotState::Stopped);
}

TEST_F(RecoveryTest, ADeadMonitorMeansALostRun) {
    ASSERT_TRUE(start("web")->ok());
    runtime.runs.clear();
    crash();
    EXPECT_EQ(state("web"), PotState::Stopped);
    EXPECT_TRUE(pots->find("web")->run->end->lost);
    EXPECT_EQ(pots->find("web")->run->end->reason, "lost: the monitor is gone");
}

TEST_F(RecoveryTest, ARebootClosesEveryRun) {
    ASSERT_TRUE(start("web")->ok());
    runtime.runs.clear();
    crash("boot-2");
    EXPECT_EQ(state("web"), PotState::Stopped);
    EXPECT_EQ(pots->find("web")->run->end->reason, "lost: the machine was restarted");
    EXPECT_TRUE(start("web")->ok());
    EXPECT_EQ(pots->find("web")->run->number, 2U);
}

TEST_F(RecoveryTest, AStopThatWasCutGoesOn) {
    runtime.obey_signals = false;
    ASSERT_TRUE(start("web")->ok());
    pots->stop("web", {}, [](const Result<PotPtr>&) {});
    loop.run();
    crash();
    EXPECT_EQ(state("web"), PotState::Stopping);
    timers.advance(milliseconds{10'000});
    loop.run();
    EXPECT_EQ(state("web"), PotState::Stopped);
}

TEST_F(RecoveryTest, WhatNobodyOwnsIsRemoved) {
    files.exist.insert(PotId{"ffffffffffff"});
    runtime.runs[{PotId{"eeeeeeeeeeee"}, 1}] = {};
    crash();
    EXPECT_TRUE(runtime.runs.empty());
    EXPECT_EQ(files.exist.size(), 1U);
}

}  // namespace
}  // namespace potd::core
