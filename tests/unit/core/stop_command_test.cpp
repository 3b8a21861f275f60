#include "tests/support/core_fixture.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// The spec's stop.command: what asks a pot to end instead of the signal.

namespace potd::core {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class StopCommandTest : public testing::Test, public fakes::CoreFixture {
  protected:
    StopCommandTest() {
        install_base();
        exec.exec_error.reset();
    }

    void make(const std::function<void(PotSpec&)>& edit = {}) {
        PotSpec spec;
        spec.name = "web";
        spec.base = "host";
        spec.command = {"/bin/true"};
        spec.stop.command = {"/bin/quit", "--soon"};
        if (edit) edit(spec);
        ASSERT_TRUE(ask<PotPtr>([&](auto reply) { pots->create(spec, reply); })->ok());
        ASSERT_TRUE(start("web")->ok());
        feed->subscribe([this](const Event& event) { events.push_back(event.type); });
    }
    std::shared_ptr<std::string> begin_stop(const StopRequest& request = {}) {
        auto said = std::make_shared<std::string>();
        pots->stop("web", request,
                   [said](const Result<PotPtr>& result) { *said = result ? "ok" : result.error().message; });
        loop.run();
        return said;
    }
    /// The command that is under way ends.
    void end_command(int code) {
        exec.end(exec.executions.size() - 1, code);
        loop.run();
    }
    bool was_signalled() const {
        const auto signalled = [](const std::string& call) { return call.starts_with("signal "); };
        return std::any_of(runtime.calls.begin(), runtime.calls.end(), signalled);
    }
    std::string reason() const { return pots->find("web")->run->end->reason; }

    std::vector<std::string> events;
};

TEST_F(StopCommandTest, RunsInsideInsteadOfTheSignal) {
    make();
    const auto stopped = begin_stop();
    ASSERT_EQ(exec.executions.size(), 1U);
    EXPECT_THAT(exec.executions[0]->request.command, ElementsAre("/bin/quit", "--soon"));
    EXPECT_EQ(exec.executions[0]->request.user, "") << "the pot's own";
    EXPECT_EQ(exec.executions[0]->key, key("web"));
    EXPECT_EQ(pots->find("web")->run->stage, RunStage::Ending);
    end_command(0);
    EXPECT_FALSE(was_signalled());
    EXPECT_EQ(*stopped, "") << "the command of the pot has still to end";
    runtime.exit(key("web"), 0);
    loop.run();
    EXPECT_EQ(*stopped, "ok");
    EXPECT_EQ(reason(), "stopped");
}

TEST_F(StopCommandTest, ThePotMayEndBeforeItDoes) {
    make();
    const auto stopped = begin_stop();
    runtime.exit(key("web"), 0);
    loop.run();
    EXPECT_EQ(*stopped, "ok");
    end_command(1);
    EXPECT_EQ(state("web"), PotState::Stopped);
    EXPECT_FALSE(was_signalled());
}

TEST_F(StopCommandTest, ItsFailureFallsBackToTheSignal) {
    make([](PotSpec& spec) { spec.stop.signal = 2; });
    const auto stopped = begin_stop();
    runtime.obey_signals = false;
    end_command(3);
    EXPECT_THAT(runtime.calls, Contains("signal 1 2"));
    EXPECT_THAT(events, Contains("pot.stop_command_failed"));
    EXPECT_THAT(pots->find("web")->last_error, HasSubstr("stop command: exit code 3"));
    runtime.exit(key("web"), 0);
    loop.run();
    EXPECT_EQ(*stopped, "ok");
}

TEST_F(StopCommandTest, OneThatIsNotThereFallsBackToTheSignal) {
    make();
    exec.exec_error = error(ErrorKind::InvalidArgument, "no such program");
    EXPECT_EQ(*begin_stop(), "ok");
    EXPECT_TRUE(was_signalled());
    EXPECT_EQ(state("web"), PotState::Stopped);
}

TEST_F(StopCommandTest, OneThatHangsIsKilledWithThePot) {
    make([](PotSpec& spec) { spec.stop.timeout = milliseconds{3000}; });
    runtime.obey_signals = false;
    const auto stopped = begin_stop();
    timers.advance(milliseconds{2999});
    loop.run();
    EXPECT_EQ(*stopped, "");
    timers.advance(milliseconds{1});
    loop.run();
    EXPECT_THAT(runtime.calls, Contains("kill 1"));
    EXPECT_THAT(exec.executions[0]->signals, Contains(9));
    EXPECT_EQ(*stopped, "ok");
}

TEST_F(StopCommandTest, APotThatDoesNotListenToItIsKilled) {
    make([](PotSpec& spec) { spec.stop.timeout = milliseconds{3000}; });
    const auto stopped = begin_stop();
    end_command(0);
    timers.advance(milliseconds{3000});
    loop.run();
    EXPECT_THAT(runtime.calls, Contains("kill 1"));
    EXPECT_FALSE(was_signalled());
    EXPECT_EQ(*stopped, "ok");
}

TEST_F(StopCommandTest, APotOfInitAloneEndsWithIt) {
    make([](PotSpec& spec) { spec.command.clear(); });
    const auto stopped = begin_stop();
    EXPECT_EQ(*stopped, "");
    end_command(0);
    EXPECT_EQ(*stopped, "ok");
}

TEST_F(StopCommandTest, ASignalThatIsAskedForGoesBeforeIt) {
    make();
    EXPECT_EQ(*begin_stop({{}, 15}), "ok");
    EXPECT_TRUE(exec.executions.empty());
    EXPECT_TRUE(was_signalled());
}

TEST_F(StopCommandTest, AStopWithoutTimeKillsAtOnce) {
    make();
    EXPECT_EQ(*begin_stop({milliseconds{0}, {}}), "ok");
    EXPECT_TRUE(exec.executions.empty());
    EXPECT_THAT(runtime.calls, Contains("kill 1"));
}

TEST_F(StopCommandTest, AForcedDestroyDoesNotAskIt) {
    make();
    EXPECT_TRUE(ask<void>([&](auto reply) { pots->destroy("web", true, reply); })->ok());
    EXPECT_TRUE(exec.executions.empty());
}

TEST_F(StopCommandTest, ACrashAsksItOnceMore) {
    make();
    begin_stop();
    ASSERT_EQ(exec.executions.size(), 1U);
    crash();
    ASSERT_EQ(exec.executions.size(), 2U);
    EXPECT_EQ(exec.executions[1]->key, key("web"));
    end_command(0);
    EXPECT_EQ(state("web"), PotState::Stopping);
    runtime.exit(key("web"), 0);
    loop.run();
    EXPECT_EQ(state("web"), PotState::Stopped);
}

TEST_F(StopCommandTest, ARestartAsksItToo) {
    make();
    auto said = std::make_shared<std::string>();
    pots->restart("web", {},
                  [said](const Result<PotPtr>& result) { *said = result ? "ok" : result.error().message; });
    loop.run();
    ASSERT_EQ(exec.executions.size(), 1U);
    runtime.exit(key("web"), 0);
    loop.run();
    EXPECT_EQ(*said, "ok");
    EXPECT_EQ(pots->find("web")->run->number, 2U);
    end_command(0);
    EXPECT_EQ(state("web"), PotState::Running) << "it was for the run before";
}

}  // namespace
}  // namespace potd::core
