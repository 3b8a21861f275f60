#include "core/service/unstarted_pots.hpp"

#include "tests/support/core_fixture.hpp"

#include <memory>
#include <string>

#include <gtest/gtest.h>

namespace potd::core {
namespace {

class UnstartedPotsTest : public testing::Test, public fakes::CoreFixture {
  protected:
    UnstartedPotsTest() { install_base(); }

    PotSpec one_run(const std::string& name) const {
        PotSpec spec;
        spec.name = name;
        spec.base = "host";
        spec.command = {"/bin/true"};
        spec.remove_on_exit = true;
        return spec;
    }
    void make(const PotSpec& spec) {
        const auto made = ask<PotPtr>([&](auto reply) { pots->create(spec, reply); });
        ASSERT_TRUE(made->ok()) << made->error().message;
    }
    void pass(milliseconds time) {
        timers.advance(time);
        loop.run();
    }
    bool exists(const std::string& name) const { return pots->find(name) != nullptr; }
};

constexpr milliseconds blink{1};

TEST_F(UnstartedPotsTest, OneForARunThatNeverComesGoes) {
    make(one_run("job"));
    pass(unstarted_age - blink);
    EXPECT_TRUE(exists("job"));
    pass(blink);
    EXPECT_FALSE(exists("job"));
    EXPECT_TRUE(files.exist.empty());
    const Event& last = journal.recorded().events.back();
    EXPECT_EQ(last.type, "pot.destroyed");
    EXPECT_EQ(last.details.at("reason"), "not started within 1m");
}

TEST_F(UnstartedPotsTest, EveryOtherPotStays) {
    PotSpec plain = one_run("plain");
    plain.remove_on_exit = false;
    make(plain);
    PotSpec at_boot = one_run("at-boot");
    at_boot.boot.start = true;
    make(at_boot);
    PotSpec early = one_run("early");
    early.boot.early = true;
    make(early);
    pass(unstarted_age * 3);
    EXPECT_EQ(pots->count(), 3U);
}

TEST_F(UnstartedPotsTest, OneThatRunsIsLeftAlone) {
    make(one_run("job"));
    ASSERT_TRUE(start("job")->ok());
    pass(unstarted_age * 2);
    EXPECT_EQ(state("job"), PotState::Running);
}

TEST_F(UnstartedPotsTest, AStartThatCameFirstWins) {
    make(one_run("job"));
    bool started = false;
    pots->start("job", [&](const Result<PotPtr>& result) { started = result.ok(); });
    pass(unstarted_age);  // the start's record is still on its way when the time is up
    EXPECT_TRUE(started);
    EXPECT_EQ(state("job"), PotState::Running);
}

TEST_F(UnstartedPotsTest, TheTimeCountsFromTheLastChange) {
    make(one_run("job"));
    pass(unstarted_age - blink);
    PotPatch patch;
    patch.apply = [](PotSpec& spec) {
        spec.env.push_back({"A", "b"});
        return Status();
    };
    ASSERT_TRUE(ask<PotPtr>([&](auto reply) { pots->change("job", patch, reply); })->ok());
    pass(unstarted_age - blink);
    EXPECT_TRUE(exists("job"));
    pass(blink);
    EXPECT_FALSE(exists("job"));
}

TEST_F(UnstartedPotsTest, TheTimeGoesOnWhilePotdIsDown) {
    make(one_run("job"));
    make(one_run("younger"));
    pass(unstarted_age / 2);
    clock.advance(unstarted_age / 4);
    crash();
    pass(unstarted_age / 4);
    EXPECT_EQ(pots->count(), 0U);

    make(one_run("old"));
    clock.advance(unstarted_age * 100);
    crash();
    pass(milliseconds{0});
    EXPECT_FALSE(exists("old"));
}

TEST_F(UnstartedPotsTest, OneWhoseConsoleOrEndIsAwaitedStays) {
    make(one_run("attached"));
    make(one_run("awaited"));
    const auto attach = pots->attach("attached", {}, [](const auto&) {});
    const auto wait = pots->wait("awaited", [](const auto&) {});
    pass(unstarted_age * 2);
    EXPECT_EQ(pots->count(), 2U);
    pots->cancel_attach(attach);
    pots->cancel_wait(wait);
    pass(unstarted_age);
    EXPECT_EQ(pots->count(), 0U);
}

TEST_F(UnstartedPotsTest, OneThatOthersDependOnStaysAsLongAsTheyDo) {
    make(one_run("job"));
    PotSpec above = one_run("above");
    above.remove_on_exit = false;
    above.depends_on = {"job"};
    make(above);
    pass(unstarted_age * 2);
    EXPECT_TRUE(exists("job"));
    ASSERT_TRUE(ask<void>([&](auto reply) { pots->destroy("above", false, reply); })->ok());
    pass(unstarted_age);
    EXPECT_FALSE(exists("job"));
}

TEST_F(UnstartedPotsTest, AFullDiskOnlyPutsItOff) {
    make(one_run("job"));
    journal.fail_next(error(ErrorKind::ResourceExhausted, "disk full"), 1);
    pass(unstarted_age);
    EXPECT_TRUE(exists("job"));
    pass(unstarted_age);
    EXPECT_FALSE(exists("job"));
}

TEST_F(UnstartedPotsTest, AClockThatIsSetChangesNothing) {
    make(one_run("job"));
    clock.set_wall({clock.wall().ms - 3'600'000});
    make(one_run("next"));
    clock.set_wall({clock.wall().ms + 7'200'000});
    pass(unstarted_age - milliseconds{1});
    EXPECT_TRUE(exists("job"));
    EXPECT_TRUE(exists("next"));
    pass(milliseconds{1});
    EXPECT_FALSE(exists("job"));
    EXPECT_FALSE(exists("next"));
}

}  // namespace
}  // namespace potd::core
