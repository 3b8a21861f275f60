#include "core/service/boot_starter.hpp"

#include "tests/support/core_fixture.hpp"

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// The starts after a boot of the machine: each once, whatever goes wrong meanwhile.

namespace potd::core {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class BootStarterTest : public testing::Test, public fakes::CoreFixture {
  protected:
    BootStarterTest() { install_base(); }

    void make(const std::string& name, const std::function<void(PotSpec&)>& edit = {}) {
        PotSpec spec;
        spec.name = name;
        spec.base = "host";
        spec.command = {"/bin/true"};
        spec.boot.start = true;
        if (edit) edit(spec);
        ASSERT_TRUE(ask<PotPtr>([&](auto reply) { pots->create(spec, reply); })->ok());
    }
    /// The machine has booted, or potd was killed and is there again.
    void come_back(const std::string& boot_id) {
        starter.reset();
        crash(boot_id);
        starter = std::make_unique<BootStarter>(
            BootStarter::Ports{journal, *supervisor, clock, timers, [this] { return pots->list("", 100); },
                               [this](const std::string& text) { complaints.push_back(text); }, boot_id, 2});
        starter->begin(journal.recorded().boot_id);
    }
    void boot_again(const std::string& boot_id = "boot-2") {
        come_back(boot_id);
        loop.run();
    }
    void pass(milliseconds time) {
        timers.advance(time);
        loop.run();
    }
    std::string recorded_boot() const { return journal.recorded().boot_id; }
    std::uint32_t runs_of(const std::string& name) const {
        const PotPtr pot = pots->find(name);
        return pot->run ? pot->run->number : 0;
    }

    std::unique_ptr<BootStarter> starter;
    const Error full = error(ErrorKind::ResourceExhausted, "no space left on device");
};

TEST_F(BootStarterTest, StartsWhatIsToRunEarlyOnesFirst) {
    make("late");
    make("early", [](PotSpec& spec) { spec.boot.early = true; });
    make("never", [](PotSpec& spec) { spec.boot.start = false; });
    std::vector<std::string> order;
    come_back("boot-2");
    feed->subscribe([&](const Event& event) {
        if (event.type == "pot.started") order.push_back(event.pot);
    });
    loop.run();
    EXPECT_THAT(order, ElementsAre("early", "late"));
    EXPECT_EQ(state("never"), PotState::Created);
    EXPECT_EQ(recorded_boot(), "boot-2");
}

TEST_F(BootStarterTest, ABootOnRecordIsOver) {
    make("web");
    boot_again();
    ASSERT_TRUE(stop("web")->ok());
    boot_again("boot-2");
    EXPECT_EQ(state("web"), PotState::Stopped);
    EXPECT_EQ(runs_of("web"), 1U);
}

TEST_F(BootStarterTest, AStartThatCannotBeRecordedIsTriedAgainLater) {
    make("web");
    come_back("boot-2");
    journal.fail_next(full, 3);
    loop.run();
    EXPECT_EQ(state("web"), PotState::Created);
    EXPECT_THAT(complaints.back(), HasSubstr("start at boot of web"));
    EXPECT_EQ(recorded_boot(), "") << "it is not over";
    EXPECT_EQ(timers.armed(), 1U);
    pass(milliseconds{999});
    EXPECT_EQ(complaints.size(), 1U);
    pass(milliseconds{1});
    EXPECT_EQ(complaints.size(), 2U);
    pass(milliseconds{1999});
    EXPECT_EQ(complaints.size(), 2U) << "the second wait is twice the first";
    pass(milliseconds{1});
    pass(milliseconds{4000});
    EXPECT_EQ(state("web"), PotState::Running);
    EXPECT_EQ(runs_of("web"), 1U);
    EXPECT_EQ(recorded_boot(), "boot-2");
    EXPECT_EQ(timers.armed(), 0U);
}

TEST_F(BootStarterTest, OneThatIsHeldUpHoldsUpNobodyElse) {
    make("a", [](PotSpec& spec) { spec.boot.early = true; });
    make("b");
    come_back("boot-2");
    journal.fail_next(full, 1);
    loop.run();
    EXPECT_EQ(state("a"), PotState::Created);
    EXPECT_EQ(state("b"), PotState::Running);
    pass(milliseconds{1000});
    EXPECT_EQ(state("a"), PotState::Running);
    EXPECT_EQ(runs_of("b"), 1U);
}

TEST_F(BootStarterTest, TheWaitNeverGrowsBeyondAMinute) {
    make("web");
    come_back("boot-2");
    journal.fail_next(full, 1'000'000);
    loop.run();
    for (int n = 0; n < 20; ++n) pass(timers.until_next());
    EXPECT_EQ(timers.until_next(), milliseconds{60'000});
    journal.fail_next(full, 0);
    pass(milliseconds{60'000});
    EXPECT_EQ(state("web"), PotState::Running);
}

TEST_F(BootStarterTest, AMachineThatIsShortOfSomethingIsTriedAgain) {
    make("web");
    files.root_error = full;
    boot_again();
    EXPECT_EQ(state("web"), PotState::Failed);
    files.root_error.reset();
    pass(milliseconds{1000});
    EXPECT_EQ(state("web"), PotState::Running);
    EXPECT_EQ(pots->find("web")->run->cause, StartCause::Boot);
}

TEST_F(BootStarterTest, WhatItDependsOnIsShortOfSomethingToo) {
    make("db", [](PotSpec& spec) { spec.boot.start = false; });
    make("web", [](PotSpec& spec) { spec.depends_on = {"db"}; });
    files.root_error = full;
    boot_again();
    ASSERT_EQ(state("web"), PotState::Failed);
    files.root_error.reset();
    pass(milliseconds{1000});
    EXPECT_EQ(state("web"), PotState::Running);
}

TEST_F(BootStarterTest, APotThatCannotStartIsNotTriedAgain) {
    make("web");
    files.root_error = error(ErrorKind::NotFound, "no such command");
    boot_again();
    EXPECT_EQ(state("web"), PotState::Failed);
    EXPECT_EQ(timers.armed(), 0U);
    EXPECT_EQ(recorded_boot(), "boot-2");
}

TEST_F(BootStarterTest, ABootThatCannotBeRecordedIsTriedAgain) {
    come_back("boot-2");
    journal.fail_next(full, 2);
    loop.run();
    EXPECT_EQ(recorded_boot(), "");
    pass(milliseconds{1000});
    EXPECT_EQ(recorded_boot(), "");
    pass(milliseconds{2000});
    EXPECT_EQ(recorded_boot(), "boot-2");
    EXPECT_EQ(timers.armed(), 0U);
}

TEST_F(BootStarterTest, WhoeverStartedItMeanwhileIsNotOverruled) {
    make("web");
    come_back("boot-2");
    journal.fail_next(full, 1);
    loop.run();
    ASSERT_TRUE(start("web")->ok());
    ASSERT_TRUE(stop("web")->ok());
    pass(milliseconds{1000});
    EXPECT_EQ(state("web"), PotState::Stopped);
    EXPECT_EQ(runs_of("web"), 1U);
    EXPECT_EQ(recorded_boot(), "boot-2");
}

/// Its failure is told late, when it is up already: the boot is over then.
TEST_F(BootStarterTest, WhatAnotherPotBroughtUpMeanwhileIsNotWaitedFor) {
    make("db", [](PotSpec& spec) { spec.boot.start = false; });
    make("web", [](PotSpec& spec) { spec.depends_on = {"db"}; });
    make("app", [](PotSpec& spec) {
        spec.boot.start = false;
        spec.depends_on = {"web"};
    });
    come_back("boot-2");
    pots->start("app", [](const auto&) {});
    files.root_error = full;
    while (!pots->find("web")->run || pots->find("web")->state != PotState::Failed)
        ASSERT_TRUE(loop.run_one());
    files.root_error.reset();
    loop.run();
    for (int n = 0; n < 5 && timers.armed() > 0; ++n) pass(timers.until_next());
    EXPECT_EQ(state("web"), PotState::Running);
    EXPECT_EQ(recorded_boot(), "boot-2");
    EXPECT_EQ(timers.armed(), 0U);
}

TEST_F(BootStarterTest, OneThatWasDestroyedMeanwhileIsForgotten) {
    make("web");
    come_back("boot-2");
    journal.fail_next(full, 1);
    loop.run();
    ASSERT_TRUE(ask<void>([&](auto reply) { pots->destroy("web", true, reply); })->ok());
    pass(milliseconds{1000});
    EXPECT_EQ(recorded_boot(), "boot-2");
}

TEST_F(BootStarterTest, TheHooksOfTheLastRunComeBeforeTheStart) {
    make("web", [](PotSpec& spec) {
        HookSpec hook;
        hook.command = {"/h/poststop"};
        spec.hooks.poststop = {hook};
    });
    ASSERT_TRUE(start("web")->ok());
    runtime.runs.clear();  // the machine goes down
    hooks.end_at_once = false;
    boot_again();
    EXPECT_EQ(state("web"), PotState::Stopping);
    hooks.end(key("web"), 0);
    loop.run();
    EXPECT_EQ(state("web"), PotState::Stopped);
    pass(milliseconds{1000});
    EXPECT_EQ(state("web"), PotState::Running);
    EXPECT_THAT(complaints, IsEmpty());
}

/// Killed after every number of steps of the loop, and begun again.
TEST_F(BootStarterTest, EachIsStartedOnceHoweverOftenPotdIsKilled) {
    make("a");
    make("b", [](PotSpec& spec) { spec.boot.early = true; });
    make("c", [](PotSpec& spec) { spec.depends_on = {"a"}; });
    for (int boot = 2; boot < 40; ++boot) {
        const std::string id = "boot-" + std::to_string(boot);
        for (const auto& name : {"a", "b", "c"}) ASSERT_TRUE(stop(name)->ok());
        const std::uint32_t before = runs_of("a") + runs_of("b") + runs_of("c");
        come_back(id);
        for (int steps = boot - 2; steps > 0 && loop.run_one(); --steps) continue;
        come_back(id);
        loop.run();
        EXPECT_EQ(runs_of("a") + runs_of("b") + runs_of("c"), before + 3) << id;
        for (const auto& name : {"a", "b", "c"}) EXPECT_EQ(state(name), PotState::Running) << id << name;
    }
}

}  // namespace
}  // namespace potd::core
