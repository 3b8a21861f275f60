#include "tests/support/core_fixture.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// A restart by hand and who is up on top of the pot: down before it, up again after it.

namespace potd::core {
namespace {

using testing::HasSubstr;

class DependentsTest : public testing::Test, public fakes::CoreFixture {
  protected:
    /// app -> web -> db, all up.
    DependentsTest() {
        install_base();
        make("db");
        make("web", {"db"});
        make("app", {"web"});
        start("app");
        listen();
    }

    void make(const std::string& name, std::vector<std::string> on = {}) {
        PotSpec spec;
        spec.name = name;
        spec.base = "host";
        spec.command = {"/bin/true"};
        spec.depends_on = std::move(on);
        const auto made = ask<PotPtr>([&](auto reply) { pots->create(spec, reply); });
        ASSERT_TRUE(made->ok());
    }
    void listen() {
        feed->subscribe(
            [this](const Event& event) { order.push_back(event.pot + " " + event.type.substr(4)); });
    }
    /// Asks; the reply's error text, "ok", or "" while there is none.
    std::shared_ptr<std::string> begin_restart(const std::string& name) {
        auto said = std::make_shared<std::string>();
        pots->restart(name, {}, [said](const Result<PotPtr>& result) {
            *said = result ? "ok" : result.error().message;
        });
        return said;
    }
    std::size_t when(const std::string& what) const {
        for (std::size_t i = 0; i < order.size(); ++i) {
            if (order[i] == what) return i;
        }
        return order.size();
    }
    void expect_all(PotState state_of_all) const {
        for (const auto& name : {"db", "web", "app"}) EXPECT_EQ(state(name), state_of_all) << name;
    }
    std::uint32_t run_of(const std::string& name) const { return pots->find(name)->run->number; }

    std::vector<std::string> order;
};

TEST_F(DependentsTest, GoDownBeforeItAndComeUpAfterIt) {
    const auto said = begin_restart("db");
    loop.run();
    EXPECT_EQ(*said, "ok");
    expect_all(PotState::Running);
    for (const auto& name : {"db", "web", "app"}) EXPECT_EQ(run_of(name), 2U) << name;
    EXPECT_LT(when("app stopped"), when("web stopping"));
    EXPECT_LT(when("web stopped"), when("db stopping"));
    EXPECT_LT(when("db stopped"), when("db started"));
    EXPECT_LT(when("db started"), when("web started"));
    EXPECT_LT(when("web started"), when("app started"));
    EXPECT_LT(when("app started"), order.size());
}

TEST_F(DependentsTest, ThoseThatAreDownStayDown) {
    ASSERT_TRUE(stop("app")->ok());
    begin_restart("db");
    loop.run();
    EXPECT_EQ(state("app"), PotState::Stopped);
    EXPECT_EQ(run_of("app"), 1U);
    EXPECT_EQ(state("web"), PotState::Running);
}

TEST_F(DependentsTest, WhatItDependsOnIsNotTouched) {
    begin_restart("web");
    loop.run();
    expect_all(PotState::Running);
    EXPECT_EQ(run_of("db"), 1U);
    EXPECT_EQ(run_of("web"), 2U);
    EXPECT_EQ(run_of("app"), 2U);
}

TEST_F(DependentsTest, ARestartByPolicyLeavesThemAlone) {
    PotPatch patch;
    patch.apply = [](PotSpec& spec) {
        spec.restart.policy = RestartPolicy::Always;
        return Status();
    };
    ASSERT_TRUE(ask<PotPtr>([&](auto reply) { pots->change("db", patch, reply); })->ok());
    runtime.exit(key("db"), 1);
    loop.run();
    timers.advance(timers.until_next());
    loop.run();
    EXPECT_EQ(run_of("db"), 2U);
    EXPECT_EQ(run_of("web"), 1U);
    expect_all(PotState::Running);
}

TEST_F(DependentsTest, StayWantedUpWhileTheyAreDown) {
    runtime.obey_signals = false;
    begin_restart("db");
    loop.run();
    EXPECT_EQ(state("app"), PotState::Stopping);
    EXPECT_EQ(pots->find("app")->desired, Desired::Running);
    EXPECT_EQ(state("web"), PotState::Running) << "not before those above it are down";
    runtime.exit(key("app"), 0);
    loop.run();
    EXPECT_EQ(pots->find("app")->run->stage, RunStage::Waiting);
    EXPECT_EQ(state("web"), PotState::Stopping);
    EXPECT_EQ(state("db"), PotState::Running);
}

TEST_F(DependentsTest, ADependentThatDoesNotComeUpAgainHasFailed) {
    ASSERT_TRUE(stop("app")->ok());  // it would have it tried again
    runtime.start_at_once = false;
    const auto said = begin_restart("db");
    loop.run();
    runtime.come_up(key("db"));
    loop.run();
    EXPECT_EQ(*said, "ok") << "of the pot itself";
    runtime.fail_launch(key("web"), error(ErrorKind::InvalidArgument, "no such command"));
    loop.run();
    EXPECT_EQ(state("web"), PotState::Failed);
    EXPECT_EQ(state("db"), PotState::Running);
}

TEST_F(DependentsTest, ADiskThatIsFullLeavesAllUp) {
    journal.fail_next(error(ErrorKind::ResourceExhausted, "no space left on device"), 1);
    const auto said = begin_restart("db");
    loop.run();
    EXPECT_THAT(*said, HasSubstr("dependent pot app"));
    EXPECT_THAT(*said, HasSubstr("no space left"));
    expect_all(PotState::Running);
    for (const auto& name : {"db", "web", "app"}) EXPECT_EQ(run_of(name), 1U) << name;
}

TEST_F(DependentsTest, ADiskThatFillsUpMeanwhileBringsThemUpAgain) {
    runtime.obey_signals = false;
    const auto said = begin_restart("db");
    loop.run();
    runtime.exit(key("app"), 0);
    while (pots->find("app")->run->number == 1) ASSERT_TRUE(loop.run_one());
    journal.fail_next(error(ErrorKind::ResourceExhausted, "no space left on device"), 1);
    loop.run();
    EXPECT_THAT(*said, HasSubstr("dependent pot web"));
    expect_all(PotState::Running);
    EXPECT_EQ(run_of("app"), 2U);
    EXPECT_EQ(run_of("web"), 1U);
}

TEST_F(DependentsTest, AStopMeanwhileWins) {
    runtime.obey_signals = false;
    const auto said = begin_restart("db");
    loop.run();
    auto stopped = std::make_shared<std::string>();
    pots->stop("app", {}, [stopped](const Result<PotPtr>& result) {
        *stopped = result ? "ok" : result.error().message;
    });
    runtime.obey_signals = true;
    runtime.exit(key("app"), 0);
    loop.run();
    EXPECT_EQ(*stopped, "ok");
    EXPECT_EQ(*said, "ok");
    EXPECT_EQ(state("app"), PotState::Stopped);
    EXPECT_EQ(state("web"), PotState::Running);
}

TEST_F(DependentsTest, WhoWaitsForOneToBeUpSeesItUp) {
    ASSERT_TRUE(stop("app")->ok());
    runtime.start_at_once = false;
    auto started = std::make_shared<std::string>();
    pots->start("app", [started](const Result<PotPtr>& result) {
        *started = result ? "ok" : result.error().message;
    });
    loop.run();
    begin_restart("db");
    loop.run();
    EXPECT_EQ(*started, "");
    for (const auto& name : {"db", "web", "app"}) {
        runtime.come_up(key(name));
        loop.run();
    }
    EXPECT_EQ(*started, "ok");
    expect_all(PotState::Running);
}

TEST_F(DependentsTest, AStartMeanwhileWaitsForIt) {
    ASSERT_TRUE(stop("app")->ok());
    runtime.obey_signals = false;
    begin_restart("db");
    loop.run();
    ASSERT_EQ(state("web"), PotState::Stopping);
    pots->start("app", [](const auto&) {});
    loop.run();
    EXPECT_EQ(pots->find("app")->run->stage, RunStage::Waiting);
    runtime.obey_signals = true;
    runtime.exit(key("web"), 0);
    loop.run();
    expect_all(PotState::Running);
}

TEST_F(DependentsTest, ARestartThatIsRefusedTakesNobodyDown) {
    runtime.obey_signals = false;
    begin_restart("db");
    loop.run();
    pots->stop("app", {}, [](const auto&) {});
    loop.run();
    const auto said = begin_restart("app");
    loop.run();
    EXPECT_THAT(*said, HasSubstr("is stopping"));
}

/// potd is killed after every number of steps: what was up is up again in the end.
TEST_F(DependentsTest, ACrashLosesNone) {
    bool finished = false;
    for (int steps = 0; !finished; ++steps) {
        const auto said = begin_restart("db");
        for (int left = steps; left > 0 && loop.run_one(); --left) continue;
        finished = *said == "ok";
        crash();
        loop.run();
        expect_all(PotState::Running);
        ASSERT_LT(steps, 500);
    }
}

/// So is what was up before the machine went down, but for what had ended before.
TEST_F(DependentsTest, ARebootBringsUpWhoSteppedAside) {
    runtime.obey_signals = false;
    begin_restart("db");
    loop.run();
    ASSERT_EQ(state("app"), PotState::Stopping);
    runtime.runs.clear();
    crash("boot-2");
    loop.run();
    EXPECT_EQ(state("app"), PotState::Running);
}

}  // namespace
}  // namespace potd::core
