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
    EXPECT_TRUE(cgroup_directories().empty());
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

}  // namespace

}  // namespace potd::test
