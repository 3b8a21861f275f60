#include "tests/support/core_fixture.hpp"

#include <functional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// The hooks of a run: when, in which order, how often.

namespace potd::core {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class HooksTest : public testing::Test, public fakes::CoreFixture {
  protected:
    HooksTest() { install_base(); }

    static HookSpec hook(const std::string& program, bool abort = false) {
        HookSpec spec;
        spec.command = {"/h/" + program};
        spec.abort_on_failure = abort;
        return spec;
    }
    static HooksSpec all_hooks() {
        return {{hook("a1"), hook("a2")}, {hook("b1")}, {hook("c1"), hook("c2")}, {hook("d1"), hook("d2")}};
    }
    void create_with(const HooksSpec& of, const std::function<void(PotSpec&)>& edit = {}) {
        PotSpec spec;
        spec.name = "web";
        spec.base = "host";
        spec.command = {"/bin/true"};
        spec.hooks = of;
        if (edit) edit(spec);
        ASSERT_TRUE(ask<PotPtr>([&](auto reply) { pots->create(spec, reply); })->ok());
    }
    /// Asks without waiting; the reply's error text, "ok", or "" while there is none.
    std::shared_ptr<std::string> begin(const std::function<void(Reply<PotPtr>)>& call) {
        auto said = std::make_shared<std::string>();
        call([said](const Result<PotPtr>& result) { *said = result ? "ok" : result.error().message; });
        loop.run();
        return said;
    }
    std::shared_ptr<std::string> begin_start() {
        return begin([this](auto reply) { pots->start("web", reply); });
    }
    std::shared_ptr<std::string> begin_stop(milliseconds timeout = milliseconds{10'000}) {
        return begin([&](auto reply) { pots->stop("web", {timeout, {}}, reply); });
    }
    void end_hook(int code = 0) {
        hooks.end(key("web"), code);
        loop.run();
    }
    std::vector<std::string> ran() const {
        std::vector<std::string> programs;
        for (const auto& one : hooks.executions) {
            const std::string attempt = one.variable("POTD_HOOK_ATTEMPT");
            programs.push_back(one.request.command[0].substr(3) + (attempt == "1" ? "" : "#" + attempt));
        }
        return programs;
    }
    core::Run run() const { return *pots->find("web")->run; }
    std::string reason() const { return run().end->reason; }
};

TEST_F(HooksTest, RunInOrderAroundOneLife) {
    create_with(all_hooks());
    ASSERT_TRUE(start("web")->ok());
    EXPECT_THAT(ran(), ElementsAre("a1", "a2", "b1"));
    ASSERT_TRUE(stop("web")->ok());
    EXPECT_THAT(ran(), ElementsAre("a1", "a2", "b1", "c1", "c2", "d1", "d2"));
    EXPECT_EQ(hooks.most_hooks_of_a_run, 1U);
    EXPECT_EQ(run().hooks.size(), 7U);
    EXPECT_EQ(run().stage, RunStage::Done);
}

TEST_F(HooksTest, ThePotIsLaunchedAfterPrestartAndReleasedBeforePoststop) {
    create_with(all_hooks());
    hooks.end_at_once = false;
    begin_start();
    EXPECT_THAT(runtime.calls, IsEmpty());
    end_hook();
    end_hook();
    EXPECT_THAT(runtime.calls, ElementsAre("launch 1"));
    end_hook();
    begin_stop();
    end_hook();
    EXPECT_THAT(runtime.calls, ElementsAre("launch 1")) << "no signal before the last prestop hook";
    end_hook();
    EXPECT_THAT(runtime.calls, ElementsAre("launch 1", "signal 1 15", "release 1"));
    EXPECT_THAT(ran(), ElementsAre("a1", "a2", "b1", "c1", "c2", "d1"));
}

TEST_F(HooksTest, StartIsAnsweredAfterPoststartAndStopAfterPoststop) {
    create_with({{}, {hook("b1")}, {}, {hook("d1")}});
    hooks.end_at_once = false;
    const auto started = begin_start();
    EXPECT_EQ(state("web"), PotState::Running);
    EXPECT_EQ(*started, "");
    end_hook();
    EXPECT_EQ(*started, "ok");
    const auto stopped = begin_stop();
    EXPECT_EQ(*stopped, "");
    end_hook();
    EXPECT_EQ(*stopped, "ok");
}

TEST_F(HooksTest, AFailedPrestartHookThatAbortsIsAFailedStart) {
    create_with({{hook("a1", true), hook("a2")}, {}, {hook("c1")}, {hook("d1")}});
    hooks.end_at_once = false;
    const auto started = begin_start();
    end_hook(3);
    end_hook();  // poststop
    EXPECT_THAT(*started, HasSubstr("prestart hook 1 (/h/a1): exit code 3"));
    EXPECT_EQ(state("web"), PotState::Failed);
    EXPECT_THAT(ran(), ElementsAre("a1", "d1"));
    EXPECT_THAT(runtime.calls, IsEmpty()) << "nothing was launched, nothing is to be released";
}

TEST_F(HooksTest, AFailedHookThatIsIgnoredIsOnlyNoted) {
    create_with({{hook("a1"), hook("a2")}, {hook("b1")}, {}, {hook("d1")}});
    hooks.exit_code = 9;
    EXPECT_TRUE(start("web")->ok());
    EXPECT_EQ(state("web"), PotState::Running);
    EXPECT_EQ(pots->find("web")->last_error, "poststart hook 1 (/h/b1): exit code 9");
    EXPECT_TRUE(stop("web")->ok());
    EXPECT_THAT(ran(), ElementsAre("a1", "a2", "b1", "d1"));
}

TEST_F(HooksTest, AFailedPoststartHookThatAbortsStopsThePot) {
    create_with({{}, {hook("b1", true)}, {hook("c1")}, {hook("d1")}});
    hooks.end_at_once = false;
    const auto started = begin_start();
    end_hook(1);
    end_hook();  // prestop: there is something to stop
    end_hook();  // poststop
    EXPECT_THAT(*started, HasSubstr("poststart hook 1 (/h/b1): exit code 1"));
    EXPECT_EQ(state("web"), PotState::Failed);
    EXPECT_THAT(ran(), ElementsAre("b1", "c1", "d1"));
    EXPECT_THAT(reason(), HasSubstr("start failed: "));
}

TEST_F(HooksTest, AnAbortedStartIsAFailureAlsoIfTheCommandDiesOtherwise) {
    create_with({{}, {hook("b1", true)}, {hook("c1")}, {}},
                [](PotSpec& spec) { spec.restart.policy = RestartPolicy::Always; });
    hooks.end_at_once = false;
    const auto started = begin_start();
    end_hook(1);
    ExitRecord oom;
    oom.signal = 9;
    oom.oom = true;
    runtime.end(key("web"), oom);
    loop.run();
    end_hook();
    EXPECT_THAT(*started, HasSubstr("poststart hook 1"));
    EXPECT_EQ(state("web"), PotState::Failed);
}

TEST_F(HooksTest, AnExitBySelfRunsPoststopButNoPrestop) {
    create_with(all_hooks());
    ASSERT_TRUE(start("web")->ok());
    runtime.exit(key("web"), 5);
    loop.run();
    EXPECT_THAT(ran(), ElementsAre("a1", "a2", "b1", "d1", "d2"));
    EXPECT_EQ(hooks.executions.back().variable("POTD_EXIT_CODE"), "5");
    EXPECT_EQ(hooks.executions.back().variable("POTD_REASON"), "exited");
}

TEST_F(HooksTest, AnExitCutsThePoststartHook) {
    create_with({{}, {hook("b1"), hook("b2")}, {}, {hook("d1")}});
    hooks.end_at_once = false;
    begin_start();
    runtime.exit(key("web"), 0);
    loop.run();
    EXPECT_EQ(run().hooks[0].end->problem, "cancelled");
    end_hook();
    EXPECT_THAT(ran(), ElementsAre("b1", "d1"));
    EXPECT_EQ(state("web"), PotState::Stopped);
}

TEST_F(HooksTest, ALaunchThatFailsRunsPoststop) {
    create_with({{}, {hook("b1")}, {hook("c1")}, {hook("d1")}});
    runtime.start_at_once = false;
    const auto started = begin_start();
    runtime.fail_launch(key("web"), error(ErrorKind::InvalidArgument, "no such program"));
    loop.run();
    EXPECT_EQ(*started, "pot web: no such program");
    EXPECT_THAT(ran(), ElementsAre("d1"));
}

// What a crash of potd or of the machine does to them

TEST_F(HooksTest, AHookCutByACrashRunsAgainAndSaysSo) {
    create_with({{hook("a1")}, {}, {}, {hook("d1"), hook("d2")}});
    hooks.end_at_once = false;
    begin_start();
    crash();
    EXPECT_THAT(ran(), ElementsAre("a1", "a1#2"));
    end_hook();
    EXPECT_EQ(state("web"), PotState::Running);
    begin_stop();
    end_hook();
    crash();
    crash();
    EXPECT_THAT(ran(), ElementsAre("a1", "a1#2", "d1", "d2", "d2#2", "d2#3"));
    end_hook();
    EXPECT_EQ(state("web"), PotState::Stopped);
    EXPECT_THAT(run().hooks[3].end->problem, HasSubstr("cut"));
}

TEST_F(HooksTest, ARebootRunsPoststopForWhatWasUp) {
    create_with(all_hooks());
    ASSERT_TRUE(start("web")->ok());
    runtime.runs.clear();
    crash("boot-2");
    EXPECT_THAT(ran(), ElementsAre("a1", "a2", "b1", "d1", "d2"));
    EXPECT_EQ(hooks.executions.back().variable("POTD_REASON"), "lost: the machine was restarted");
    EXPECT_EQ(state("web"), PotState::Stopped);
}

TEST_F(HooksTest, ARebootDuringPrestartRunsPoststop) {
    create_with({{hook("a1")}, {}, {}, {hook("d1")}});
    hooks.end_at_once = false;
    begin_start();
    crash("boot-2");
    end_hook();
    EXPECT_THAT(ran(), ElementsAre("a1", "d1"));
    EXPECT_EQ(state("web"), PotState::Stopped);
}

TEST_F(HooksTest, ALostMonitorRunsPoststop) {
    create_with({{}, {}, {hook("c1")}, {hook("d1")}});
    ASSERT_TRUE(start("web")->ok());
    runtime.runs.clear();
    crash();
    EXPECT_THAT(ran(), ElementsAre("d1"));
    EXPECT_TRUE(run().end->lost);
}

TEST_F(HooksTest, AnEndWhilePotdIsDownRunsPoststop) {
    create_with({{}, {}, {}, {hook("d1")}});
    ASSERT_TRUE(start("web")->ok());
    runtime.exit(key("web"), 6);
    loop.run_one();
    crash();
    EXPECT_THAT(ran(), ElementsAre("d1"));
    EXPECT_EQ(hooks.executions[0].variable("POTD_EXIT_CODE"), "6");
}

// A stop at every stage

TEST_F(HooksTest, AStopLetsThePrestartHookFinishWithinItsTime) {
    create_with({{hook("a1"), hook("a2")}, {}, {hook("c1")}, {hook("d1")}});
    hooks.end_at_once = false;
    const auto started = begin_start();
    const auto stopped = begin_stop(milliseconds{500});
    EXPECT_EQ(*started, "pot web was stopped by another request");
    EXPECT_TRUE(hooks.under_way(key("web")));
    end_hook();
    end_hook();
    EXPECT_EQ(*stopped, "ok");
    EXPECT_THAT(ran(), ElementsAre("a1", "d1"));
    EXPECT_THAT(runtime.calls, IsEmpty());
    EXPECT_EQ(reason(), "stopped");
}

TEST_F(HooksTest, AStopKillsAPrestartHookThatTakesTooLong) {
    create_with({{hook("a1")}, {}, {}, {}});
    hooks.end_at_once = false;
    begin_start();
    const auto stopped = begin_stop(milliseconds{500});
    timers.advance(milliseconds{499});
    loop.run();
    EXPECT_EQ(*stopped, "");
    timers.advance(milliseconds{1});
    loop.run();
    EXPECT_EQ(*stopped, "ok");
    EXPECT_EQ(run().hooks[0].end->problem, "cancelled");
}

TEST_F(HooksTest, AStopDuringPoststartGoesOnWithPrestop) {
    create_with({{}, {hook("b1"), hook("b2")}, {hook("c1")}, {}});
    hooks.end_at_once = false;
    begin_start();
    const auto stopped = begin_stop(milliseconds{500});
    end_hook();
    end_hook();
    EXPECT_EQ(*stopped, "ok");
    EXPECT_THAT(ran(), ElementsAre("b1", "c1"));
    EXPECT_THAT(runtime.calls, ElementsAre("launch 1", "signal 1 15", "release 1"));
}

TEST_F(HooksTest, ASecondStopWithoutTimeSkipsThePrestopHooksThatAreLeft) {
    create_with({{}, {}, {hook("c1"), hook("c2")}, {hook("d1")}});
    hooks.end_at_once = false;
    begin_start();
    const auto first = begin_stop();
    const auto second = begin_stop(milliseconds{0});
    EXPECT_THAT(ran(), ElementsAre("c1", "d1"));
    end_hook();
    EXPECT_EQ(*first, "ok");
    EXPECT_EQ(*second, "ok");
    EXPECT_THAT(runtime.calls, ElementsAre("launch 1", "kill 1", "release 1"));
}

TEST_F(HooksTest, AForcedDestroyKillsTheHookOfTheStartAndRunsPoststop) {
    create_with({{hook("a1"), hook("a2")}, {}, {}, {hook("d1")}});
    hooks.end_at_once = false;
    begin_start();
    bool gone = false;
    pots->destroy("web", true, [&](const Status& status) { gone = status.ok(); });
    loop.run();
    EXPECT_FALSE(gone);
    EXPECT_THAT(ran(), ElementsAre("a1", "d1"));
    end_hook();
    EXPECT_TRUE(gone);
    EXPECT_FALSE(pots->find("web"));
    EXPECT_THAT(files.exist, IsEmpty());
}

TEST_F(HooksTest, AForcedDestroyOfARunningPotRunsPrestopAndPoststop) {
    create_with(all_hooks());
    ASSERT_TRUE(start("web")->ok());
    EXPECT_TRUE(ask<void>([&](auto reply) { pots->destroy("web", true, reply); })->ok());
    EXPECT_THAT(ran(), ElementsAre("a1", "a2", "b1", "c1", "c2", "d1", "d2"));
}

TEST_F(HooksTest, AnEventIsNotedForAFailedHook) {
    create_with({{}, {}, {}, {hook("d1")}});
    ASSERT_TRUE(start("web")->ok());
    hooks.exit_code = 2;
    ASSERT_TRUE(stop("web")->ok());
    std::vector<std::string> types;
    for (const Event& event : journal.recorded().events) types.push_back(event.type);
    EXPECT_THAT(types, testing::Contains("pot.hook_failed"));
    EXPECT_EQ(state("web"), PotState::Stopped);
}

TEST_F(HooksTest, ARestartRecordsTheWholeOfTheRunItEnded) {
    create_with({{}, {}, {}, {hook("d1")}});
    ASSERT_TRUE(start("web")->ok());
    ASSERT_TRUE(ask<PotPtr>([&](auto reply) { pots->restart("web", {}, reply); })->ok());
    const core::Run& first = journal.recorded().runs.at({pots->find("web")->id, 1});
    EXPECT_EQ(first.stage, RunStage::Done);
    EXPECT_TRUE(first.hooks.back().end);
}

}  // namespace
}  // namespace potd::core
