#include "daemon/platform/posix/file.hpp"
#include "daemon/platform/posix/process_identity.hpp"
#include "tests/integration/runtime_fixture.hpp"

#include <csignal>

#include <sys/wait.h>

namespace potd::test {
namespace {

using Kind = core::Adopted::Kind;

class RuntimeRecoveryTest : public RuntimeFixture {
  protected:
    void kill_process(const core::ProcessIdentity& identity) {
        const auto process = platform::open_process(identity);
        ASSERT_TRUE(process.ok());
        ASSERT_TRUE(platform::signal_process(*process, SIGKILL).ok());
    }
    void wait_until_gone(const core::ProcessIdentity& identity) {
        ASSERT_TRUE(loop_.run_until([&] {
            // After a restart of the runtime its monitors are still this process's children.
            ::waitpid(identity.pid, nullptr, WNOHANG);
            loop_.post([] {});
            return !platform::is_alive(identity);
        }));
    }
};

TEST_F(RuntimeRecoveryTest, AMonitorThatDiesTakesItsPotWithIt) {
    const auto key = run(request("trap '' TERM; sleep 1000"));
    const auto processes = *told(key).started;
    kill_process(processes.monitor);
    wait_for_end(key);
    EXPECT_TRUE(told(key).exited->lost);
    EXPECT_EQ(told(key).exited->reason, "lost: the monitor died");
    wait_until_gone(processes.main);
    wait_until_gone(processes.init);
    release(key);
}

TEST_F(RuntimeRecoveryTest, ARunningPotIsAdopted) {
    const auto key = run(request("exec sleep 1000"));
    const auto processes = *told(key).started;
    restart_runtime();
    const auto adopted = adopt(key, processes);
    EXPECT_EQ(adopted.kind, Kind::Running);
    EXPECT_EQ(adopted.processes, processes);
    EXPECT_GT(adopted.started_at.ms, 0);
    EXPECT_EQ(exec(key, {{"/bin/echo", "still"}, {}, "", "", false, 24, 80}).out, "still\n");
    ASSERT_TRUE(runtime_->signal(key, SIGTERM, core::SignalTarget::Main).ok());
    wait_for_end(key);
    EXPECT_EQ(told(key).exited->signal, SIGTERM);
    release(key);
}

TEST_F(RuntimeRecoveryTest, AMonitorOfUnknownIdentityIsAdopted) {
    const auto key = run(request("exec sleep 1000"));
    restart_runtime();
    EXPECT_EQ(adopt(key, {}).kind, Kind::Running);
    release(key);
}

TEST_F(RuntimeRecoveryTest, APotThatEndedMeanwhileTellsItsTrueEnd) {
    const auto key = run(request("sleep 0.2; exit 9"));
    const auto processes = *told(key).started;
    restart_runtime();
    const std::string record = (*directory_ / ("run/pots/" + core::kernel_name(key) + ".exit")).string();
    ASSERT_TRUE(loop_.run_until([&] {
        loop_.post([] {});
        return platform::exists(record);
    }));
    const auto adopted = adopt(key, processes);
    ASSERT_EQ(adopted.kind, Kind::Ended);
    EXPECT_EQ(adopted.end.exit_code, 9);
    EXPECT_EQ(adopted.end.reason, "exited");
    release(key);
    EXPECT_FALSE(told(key).exited);
}

TEST_F(RuntimeRecoveryTest, TheRecordSpeaksForAMonitorThatDiedAfterTheEnd) {
    const auto key = run(request("exit 9"));
    const auto processes = *told(key).started;
    wait_for_end(key);
    restart_runtime();
    kill_process(processes.monitor);
    wait_until_gone(processes.monitor);
    const auto adopted = adopt(key, processes);
    ASSERT_EQ(adopted.kind, Kind::Ended);
    EXPECT_EQ(adopted.end.exit_code, 9);
    release(key);
}

TEST_F(RuntimeRecoveryTest, APotWhoseMonitorDiedMeanwhileIsLost) {
    const auto key = run(request("trap '' TERM; sleep 1000"));
    const auto processes = *told(key).started;
    restart_runtime();
    kill_process(processes.monitor);
    wait_until_gone(processes.monitor);
    const auto adopted = adopt(key, processes);
    EXPECT_EQ(adopted.kind, Kind::Lost);
    EXPECT_TRUE(adopted.end.lost);
    wait_until_gone(processes.main);
    release(key);
}

TEST_F(RuntimeRecoveryTest, ARunThatLeftNothingIsAbsent) {
    const core::RunKey key{{"0000000000ff"}, 3};
    const auto adopted = adopt(key, {});
    EXPECT_EQ(adopted.kind, Kind::Absent);
    EXPECT_TRUE(adopted.end.lost);
    release(key);
}

TEST_F(RuntimeRecoveryTest, ASweepRemovesWhatNoPotOwns) {
    const auto kept = run(request("exec sleep 1000"));
    const auto kept_processes = *told(kept).started;
    const auto stray = run(request("trap '' TERM; sleep 1000"));
    const auto stray_processes = *told(stray).started;
    restart_runtime();
    EXPECT_EQ(adopt(kept, kept_processes).kind, Kind::Running);
    using Names = std::vector<std::string>;
    const auto swept =
        await<Names>([&](core::Reply<Names> reply) { runtime_->sweep({kept}, std::move(reply)); });
    ASSERT_TRUE(swept.ok()) << swept.error().message;
    EXPECT_EQ(swept.value(), (Names{core::kernel_name(stray)}));
    wait_until_gone(stray_processes.monitor);
    wait_until_gone(stray_processes.main);
    EXPECT_TRUE(platform::is_alive(kept_processes.main));
    release(kept);
}

TEST_F(RuntimeRecoveryTest, ASweepOfACleanMachineRemovesNothing) {
    using Names = std::vector<std::string>;
    const auto swept = await<Names>([&](core::Reply<Names> reply) { runtime_->sweep({}, std::move(reply)); });
    ASSERT_TRUE(swept.ok());
    EXPECT_TRUE(swept->empty());
}

}  // namespace
}  // namespace potd::test
