#include "tests/integration/monitor_fixture.hpp"

#include <csignal>
#include <filesystem>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>

namespace potd::test {

namespace {

using MonitorRecoveryTest = MonitorTest;

TEST_F(MonitorRecoveryTest, APotdThatComesBackFindsTheRunningPot) {
    start(plan({"sleep", "1000"}));
    const link::Started started = expect_started();
    link_.close();
    link_ = LinkClient::connect(socket_path());
    const auto frame = link_.next(link::FrameType::Hello);
    ASSERT_TRUE(frame.has_value());
    const auto hello = frame->as<link::Hello>();
    EXPECT_EQ(hello.state, link::MonitorState::Running);
    EXPECT_EQ(hello.run, 7U);
    EXPECT_EQ(hello.started_at_ms, started.at_ms);
    EXPECT_EQ(hello.processes.main.pid, started.processes.main.pid);
    EXPECT_EQ(hello.processes.monitor.pid, monitor_.identity().pid);
    EXPECT_EQ(hello.processes.monitor.start_time, monitor_.identity().start_time);
    link_.send(link::Signal{SIGKILL, link::SignalScope::Main});
    EXPECT_EQ(WTERMSIG(expect_exited().main_status), SIGKILL);
    take();
}

TEST_F(MonitorRecoveryTest, AnEndNobodySawIsToldAndOnRecord) {
    start(plan({"sh", "-c", "echo $$; exit 9"}));
    const link::Started started = expect_started();
    link_.close();
    wait_for_end(started.processes.init.pid);
    link_ = LinkClient::connect(socket_path());
    auto frame = link_.next(link::FrameType::Hello);
    ASSERT_TRUE(frame.has_value());
    auto hello = frame->as<link::Hello>();
    if (hello.state == link::MonitorState::Running) hello.exit = expect_exited();
    EXPECT_EQ(WEXITSTATUS(hello.exit.main_status), 9);
    const auto end = link::decode_record(read_file(path("exit")));
    ASSERT_TRUE(end.ok());
    EXPECT_FALSE(end->failed);
    EXPECT_EQ(end->run, 7U);
    EXPECT_EQ(end->facts.main_status, hello.exit.main_status);
    EXPECT_EQ(end->facts.ended_at_ms, hello.exit.ended_at_ms);
    take();
}

TEST_F(MonitorRecoveryTest, ANewerConnectionReplacesTheOlder) {
    start(plan({"sleep", "1000"}));
    expect_started();
    LinkClient newer = LinkClient::connect(socket_path());
    ASSERT_TRUE(newer.next(link::FrameType::Hello).has_value());
    EXPECT_FALSE(link_.next().has_value());
    newer.send(link::Kill{});
    ASSERT_TRUE(newer.next(link::FrameType::Exited).has_value());
    link_ = std::move(newer);
    take();
}

TEST_F(MonitorRecoveryTest, ThePotDiesWithItsMonitor) {
    start(plan({"sh", "-c", "sleep 1000 & wait"}));
    const link::Started started = expect_started();
    ASSERT_EQ(::kill(monitor_.identity().pid, SIGKILL), 0);
    wait_for_end(started.processes.init.pid);
    wait_for_end(started.processes.main.pid);
}

TEST_F(MonitorRecoveryTest, TheMonitorIgnoresEverySignalButKill) {
    start(plan({"sleep", "1000"}));
    expect_started();
    for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGPIPE, SIGUSR1, SIGALRM}) {
        ASSERT_EQ(::kill(monitor_.identity().pid, number), 0);
    }
    link_.send(link::Kill{});
    EXPECT_TRUE(expect_exited().kill_requested);
    take();
}

TEST_F(MonitorRecoveryTest, TheEndOfAnotherRunIsNotTaken) {
    (void)run(plan({"true"}));
    link_.send(link::Taken{6});
    link_ = LinkClient::connect(socket_path());
    EXPECT_TRUE(link_.next(link::FrameType::Hello).has_value());
    EXPECT_TRUE(std::filesystem::exists(path("exit")));
    take();
}

TEST_F(MonitorRecoveryTest, TheSocketIsTheAdministratorsAlone) {
    start(plan({"sleep", "1000"}));
    expect_started();
    struct stat facts {};
    ASSERT_EQ(::stat(socket_path().c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 07777, 0600U);
    link_.send(link::Kill{});
    expect_exited();
    take();
}

TEST_F(MonitorRecoveryTest, NonsenseOnTheLinkIsIgnored) {
    start(plan({"sleep", "1000"}));
    expect_started();
    link_.send_bytes(std::vector<std::byte>(5, std::byte{1}));
    link_.send_bytes(std::vector<std::byte>(5000, std::byte{0xff}));
    auto unknown = *link::encode(link::Kill{});
    unknown[6] = std::byte{99};
    link_.send_bytes(unknown);
    link_.send(link::Signal{SIGTERM, link::SignalScope::Main});
    EXPECT_FALSE(expect_exited().kill_requested);
    take();
}

/// The first was sent by a potd that died before it could listen, the second by the next one, which had found
/// nothing. Both have their turn when the test lets them.
TEST_F(MonitorRecoveryTest, AMonitorThatWasLeftLeavesThePlaceToTheNext) {
    const platform::LaunchPlan twice = plan({"sleep", "1000"});
    for (int round = 0; round < 5; ++round) {
        prepare(twice);
        platform::UniqueFd turn(::open(path("log").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        ASSERT_EQ(::flock(turn.get(), LOCK_EX), 0);
        spawn_prepared();
        const platform::ProcessHandle left = std::move(monitor_);
        link_.close();
        start(twice);
        turn.reset();
        const link::Started started = expect_started();
        int status = -1;
        ASSERT_EQ(::waitpid(left.identity().pid, &status, 0), left.identity().pid);
        EXPECT_EQ(status, 0);
        link_ = LinkClient::connect(socket_path());
        const auto hello = link_.next(link::FrameType::Hello);
        ASSERT_TRUE(hello.has_value());
        EXPECT_EQ(hello->as<link::Hello>().processes.monitor.pid, started.processes.monitor.pid);
        link_.send(link::Kill{});
        expect_exited();
        take();
    }
}

}  // namespace

}  // namespace potd::test
