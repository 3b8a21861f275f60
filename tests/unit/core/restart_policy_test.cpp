#include "tests/support/core_fixture.hpp"

#include <limits>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// What follows a run that nobody asked to end.

namespace potd::core {
namespace {

using testing::HasSubstr;

class RestartPolicyTest : public testing::Test, public fakes::CoreFixture {
  protected:
    RestartPolicyTest() { install_base(); }

    void create_with(RestartPolicy policy, std::int64_t max_retries = 0) {
        PotSpec spec;
        spec.name = "web";
        spec.base = "host";
        spec.command = {"/bin/true"};
        spec.restart = {policy, max_retries, milliseconds{100}, milliseconds{350}, milliseconds{10'000}};
        ASSERT_TRUE(ask<PotPtr>([&](auto reply) { pots->create(spec, reply); })->ok());
        ASSERT_TRUE(start("web")->ok());
    }
    void fail(int code = 1) {
        runtime.exit(key("web"), code);
        loop.run();
    }
    void pass(std::int64_t ms) {
        timers.advance(milliseconds{ms});
        loop.run();
    }
    /// How long the pot waits for its next try.
    std::int64_t delay() const { return pots->find("web")->next_start_at->ms - clock.wall().ms; }
    std::uint32_t run_number() const { return pots->find("web")->run->number; }
    void settle_in(std::int64_t ms) {
        fail();
        pass(ms);
        ASSERT_EQ(state("web"), PotState::Running);
    }
};

TEST_F(RestartPolicyTest, NoMeansNo) {
    create_with(RestartPolicy::No);
    fail();
    EXPECT_EQ(state("web"), PotState::Stopped);
    EXPECT_EQ(timers.armed(), 0U);
}

TEST_F(RestartPolicyTest, OnFailureLeavesASuccessAlone) {
    create_with(RestartPolicy::OnFailure);
    fail(0);
    EXPECT_EQ(state("web"), PotState::Stopped);
}

TEST_F(RestartPolicyTest, AlwaysRestartsASuccessToo) {
    create_with(RestartPolicy::Always);
    fail(0);
    EXPECT_EQ(state("web"), PotState::Backoff);
    pass(100);
    EXPECT_EQ(state("web"), PotState::Running);
    EXPECT_EQ(run_number(), 2U);
    EXPECT_EQ(pots->find("web")->run->cause, StartCause::Restart);
}

TEST_F(RestartPolicyTest, TheWaitDoublesUpToItsBound) {
    create_with(RestartPolicy::OnFailure);
    for (const std::int64_t expected : {100, 200, 350, 350}) {
        fail();
        ASSERT_EQ(state("web"), PotState::Backoff);
        EXPECT_EQ(delay(), expected);
        pass(expected - 1);
        EXPECT_EQ(state("web"), PotState::Backoff);
        pass(1);
        EXPECT_EQ(state("web"), PotState::Running);
    }
    EXPECT_EQ(pots->find("web")->restarts, 4U);
}

TEST_F(RestartPolicyTest, ChanceMakesTheWaitUpToAQuarterShorter) {
    create_with(RestartPolicy::OnFailure);
    random = std::numeric_limits<std::uint32_t>::max();
    fail();
    EXPECT_EQ(delay(), 75);
    pass(75);
    random = std::numeric_limits<std::uint32_t>::max() / 2;
    fail();
    EXPECT_NEAR(static_cast<double>(delay()), 175, 1);
}

TEST_F(RestartPolicyTest, ARunThatLastedMakesTheWaitShortAgain) {
    create_with(RestartPolicy::OnFailure);
    clock.advance(milliseconds{clock.steady().ms});
    settle_in(100);
    settle_in(200);
    // The fake's clock says 1 ms for the start of every run: only the end counts.
    EXPECT_EQ(pots->find("web")->restarts, 2U);
    ExitRecord late;
    late.exit_code = 1;
    late.ended_at = {pots->find("web")->run->started_at->ms + 10'000};
    runtime.end(key("web"), late);
    loop.run();
    EXPECT_EQ(delay(), 100);
    EXPECT_EQ(pots->find("web")->restarts, 1U);
}

TEST_F(RestartPolicyTest, GivesUpAfterSoManyTries) {
    create_with(RestartPolicy::OnFailure, 2);
    settle_in(100);
    settle_in(200);
    fail(4);
    EXPECT_EQ(state("web"), PotState::Stopped);
    EXPECT_THAT(pots->find("web")->last_error, HasSubstr("gave up after 2 restarts"));
    EXPECT_EQ(pots->find("web")->desired, Desired::Stopped);
}

TEST_F(RestartPolicyTest, AStartByHandCountsAnew) {
    create_with(RestartPolicy::OnFailure, 1);
    settle_in(100);
    fail();
    ASSERT_EQ(state("web"), PotState::Stopped);
    ASSERT_TRUE(start("web")->ok());
    EXPECT_EQ(pots->find("web")->restarts, 0U);
    fail();
    EXPECT_EQ(state("web"), PotState::Backoff);
}

TEST_F(RestartPolicyTest, AFailedStartByHandIsNotTriedAgain) {
    create_with(RestartPolicy::Always);
    ASSERT_TRUE(stop("web")->ok());
    files.root_error = error(ErrorKind::Internal, "broken");
    EXPECT_FALSE(start("web")->ok());
    EXPECT_EQ(state("web"), PotState::Failed);
}

TEST_F(RestartPolicyTest, AFailedRestartIsTriedAgain) {
    create_with(RestartPolicy::Always);
    fail();
    files.root_error = error(ErrorKind::Internal, "broken");
    pass(100);
    EXPECT_EQ(state("web"), PotState::Backoff);
    EXPECT_EQ(pots->find("web")->last_error, "broken");
    files.root_error.reset();
    pass(200);
    EXPECT_EQ(state("web"), PotState::Running);
    EXPECT_EQ(pots->find("web")->last_error, "");
}

TEST_F(RestartPolicyTest, AStopIsNoReasonToRestart) {
    create_with(RestartPolicy::Always);
    ASSERT_TRUE(stop("web")->ok());
    EXPECT_EQ(state("web"), PotState::Stopped);
    EXPECT_EQ(timers.armed(), 0U);
}

TEST_F(RestartPolicyTest, AStopEndsTheBackOff) {
    create_with(RestartPolicy::Always);
    fail();
    ASSERT_TRUE(stop("web")->ok());
    EXPECT_EQ(state("web"), PotState::Stopped);
    EXPECT_FALSE(pots->find("web")->next_start_at);
    EXPECT_EQ(timers.armed(), 0U);
}

TEST_F(RestartPolicyTest, AStartEndsTheBackOff) {
    create_with(RestartPolicy::Always);
    fail();
    ASSERT_TRUE(start("web")->ok());
    EXPECT_EQ(state("web"), PotState::Running);
    EXPECT_EQ(timers.armed(), 0U);
    EXPECT_EQ(run_number(), 2U);
}

TEST_F(RestartPolicyTest, ADestroyInBackOffNeedsForce) {
    create_with(RestartPolicy::Always);
    fail();
    const auto refused = ask<void>([&](auto reply) { pots->destroy("web", false, reply); });
    EXPECT_EQ(refused->error().kind, ErrorKind::Conflict);
    EXPECT_TRUE(ask<void>([&](auto reply) { pots->destroy("web", true, reply); })->ok());
    EXPECT_EQ(timers.armed(), 0U);
    EXPECT_TRUE(files.exist.empty());
}

TEST_F(RestartPolicyTest, AChangeInBackOffCountsForTheNextRun) {
    create_with(RestartPolicy::Always);
    fail();
    PotPatch patch;
    patch.apply = [](PotSpec& spec) {
        spec.command = {"/bin/false"};
        return Status();
    };
    ASSERT_TRUE(ask<PotPtr>([&](auto reply) { pots->change("web", patch, reply); })->ok());
    pass(100);
    EXPECT_EQ(runtime.runs.at(key("web")).request.spec.command[0], "/bin/false");
}

TEST_F(RestartPolicyTest, ACrashInBackOffKeepsTheTimeLeft) {
    create_with(RestartPolicy::Always);
    fail();
    clock.advance(milliseconds{40});
    crash();
    ASSERT_EQ(state("web"), PotState::Backoff);
    pass(59);
    EXPECT_EQ(state("web"), PotState::Backoff);
    pass(1);
    EXPECT_EQ(state("web"), PotState::Running);
}

TEST_F(RestartPolicyTest, AClockSetBackDoesNotKeepAPotDown) {
    create_with(RestartPolicy::Always);
    fail();
    clock.set_wall({clock.wall().ms - 1'000'000'000});
    crash();
    pass(350);
    EXPECT_EQ(state("web"), PotState::Running);
}

TEST_F(RestartPolicyTest, WhoWaitsForTheEndIsToldInBackOff) {
    create_with(RestartPolicy::Always);
    std::optional<int> code;
    pots->wait("web", [&](const Result<core::Run>& run) { code = run->end->exit_code; });
    fail(8);
    EXPECT_EQ(code, 8);
}

TEST_F(RestartPolicyTest, WhoWaitsIsToldOfAStartThatFailedAtOnce) {
    PotSpec spec;
    spec.name = "web";
    spec.base = "host";
    HookSpec hook;
    hook.command = {"/h"};
    hook.abort_on_failure = true;
    spec.hooks.prestart = {hook};
    ASSERT_TRUE(ask<PotPtr>([&](auto reply) { pots->create(spec, reply); })->ok());
    hooks.exit_code = 1;
    std::string reason;
    pots->wait("web", [&](const Result<core::Run>& run) { reason = run->end->reason; });
    EXPECT_FALSE(start("web")->ok());
    EXPECT_THAT(reason, HasSubstr("start failed: "));
}

}  // namespace
}  // namespace potd::core
