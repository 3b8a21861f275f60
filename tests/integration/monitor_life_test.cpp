#include "tests/integration/monitor_fixture.hpp"

#include <cerrno>
#include <csignal>
#include <filesystem>

#include <sys/wait.h>

namespace potd::test {

namespace {

using MonitorLifeTest = MonitorTest;

TEST_F(MonitorLifeTest, RunsACommandToItsEnd) {
    const link::ExitFacts facts = run(plan({"true"}));
    EXPECT_EQ(facts.run, 7U);
    EXPECT_TRUE(facts.has_main_status);
    EXPECT_EQ(facts.main_status, 0);
    EXPECT_GE(facts.ended_at_ms, facts.started_at_ms);
    take();
    EXPECT_TRUE(cgroup_directories().empty());
}

TEST_F(MonitorLifeTest, KnowsEvenACommandThatEndsAtOnce) {
    start(plan({"true"}));
    const link::Started started = expect_started();
    EXPECT_GT(started.processes.main.pid, 0);
    EXPECT_GT(started.processes.main.start_time, 0U);
    expect_exited();
    take();
}

TEST_F(MonitorLifeTest, TellsTheExitCode) {
    const link::ExitFacts facts = run(plan({"sh", "-c", "exit 7"}));
    EXPECT_EQ(WEXITSTATUS(facts.main_status), 7);
    take();
}

TEST_F(MonitorLifeTest, TellsTheSignalThatEndedTheCommand) {
    start(plan({"sleep", "1000"}));
    const link::Started started = expect_started();
    EXPECT_GT(started.processes.main.pid, 0);
    EXPECT_GT(started.processes.main.start_time, 0U);
    link_.send(link::Signal{SIGTERM, link::SignalScope::Main});
    const link::ExitFacts facts = expect_exited();
    EXPECT_TRUE(WIFSIGNALED(facts.main_status));
    EXPECT_EQ(WTERMSIG(facts.main_status), SIGTERM);
    EXPECT_EQ(facts.signal_requested, SIGTERM);
    take();
}

TEST_F(MonitorLifeTest, KillTakesEverythingInThePot) {
    start(plan({"sh", "-c", "sleep 1000 & sleep 1000 & wait"}));
    expect_started();
    link_.send(link::Kill{});
    const link::ExitFacts facts = expect_exited();
    EXPECT_TRUE(facts.kill_requested);
    take();
    EXPECT_TRUE(cgroup_directories().empty());
}

TEST_F(MonitorLifeTest, ASignalToAllReachesTheChildrenToo) {
    start(plan(
        {"sh", "-c",
         "trap : USR1; sh -c 'trap \"echo child; exit\" USR1; echo ready; while :; do sleep 0.01; done' & "
         "while ! wait; do :; done; wait"}));
    expect_started();
    wait_for_log("ready");
    link_.send(link::Signal{SIGUSR1, link::SignalScope::All});
    wait_for_log("child");
    link_.send(link::Kill{});
    expect_exited();
    take();
}

TEST_F(MonitorLifeTest, APersistentPotOutlivesItsCommand) {
    auto order = plan({"sh", "-c", "echo done; exit 5"});
    order.persistent = true;
    start(order);
    const link::Started started = expect_started();
    wait_for_end(started.processes.main.pid);
    link_.send(link::Signal{SIGTERM, link::SignalScope::Main});
    const link::ExitFacts facts = expect_exited();
    EXPECT_TRUE(facts.has_main_status);
    EXPECT_EQ(WEXITSTATUS(facts.main_status), 5);
    take();
}

TEST_F(MonitorLifeTest, APotWithoutACommandEndsWhenToldTo) {
    start(plan({}));
    const link::Started started = expect_started();
    EXPECT_EQ(started.processes.main.pid, 0);
    EXPECT_GT(started.processes.init.pid, 0);
    link_.send(link::Signal{SIGTERM, link::SignalScope::Main});
    const link::ExitFacts facts = expect_exited();
    EXPECT_FALSE(facts.has_main_status);
    EXPECT_EQ(facts.init_status, 0);
    take();
}

TEST_F(MonitorLifeTest, OrphansAreReapedWhileTheCommandRuns) {
    // ps shows its title, init, the shell and itself once the two are gone.
    start(
        plan({"sh", "-c", "(true & true &); while ps >/tmp/ps; [ $(grep -c . /tmp/ps) != 4 ]; do :; done"}));
    expect_started();
    EXPECT_EQ(expect_exited().main_status, 0);
    take();
}

}  // namespace

}  // namespace potd::test
