#include "tests/integration/runtime_fixture.hpp"

#include <csignal>

namespace potd::test {
namespace {

class RuntimeLifeTest : public RuntimeFixture {};

TEST_F(RuntimeLifeTest, ACommandRunsAndEnds) {
    const auto key = run(request("echo hello; echo oops >&2"));
    wait_for_end(key);
    EXPECT_EQ(told(key).exited->exit_code, 0);
    EXPECT_EQ(told(key).exited->reason, "exited");
    EXPECT_FALSE(told(key).exited->lost);
    release(key);
    EXPECT_NE(log_of(key).find("hello"), std::string::npos);
    EXPECT_NE(log_of(key).find("oops"), std::string::npos);
    EXPECT_EQ(told(key).calls, 3);
}

TEST_F(RuntimeLifeTest, TheExitCodeIsTheCommands) {
    const auto key = run(request("exit 7"));
    wait_for_end(key);
    EXPECT_EQ(told(key).exited->exit_code, 7);
    release(key);
}

TEST_F(RuntimeLifeTest, ASignalReachesTheCommand) {
    const auto key = run(request("while :; do sleep 0.05; done"));
    ASSERT_TRUE(runtime_->signal(key, SIGTERM, core::SignalTarget::Main).ok());
    wait_for_end(key);
    EXPECT_EQ(told(key).exited->signal, SIGTERM);
    EXPECT_EQ(told(key).exited->reason, "stopped");
    EXPECT_EQ(runtime_->signal(key, SIGTERM, core::SignalTarget::Main).error().kind,
              core::ErrorKind::NotFound);
    release(key);
}

TEST_F(RuntimeLifeTest, KillAllEndsEverything) {
    const auto key = run(request("trap '' TERM; sleep 1000 & sleep 1000 & wait"));
    runtime_->kill_all(key);
    wait_for_end(key);
    EXPECT_EQ(told(key).exited->signal, SIGKILL);
    EXPECT_EQ(told(key).exited->reason, "killed");
    release(key);
}

TEST_F(RuntimeLifeTest, APotWithoutCommandStaysUntilItIsStopped) {
    const auto key = run(request(""));
    EXPECT_EQ(told(key).started->main.pid, 0);
    EXPECT_GT(told(key).started->init.pid, 0);
    ASSERT_TRUE(runtime_->signal(key, SIGTERM, core::SignalTarget::Main).ok());
    wait_for_end(key);
    release(key);
}

TEST_F(RuntimeLifeTest, ACommandThatDoesNotExistIsAFailedStart) {
    auto missing = request("");
    missing.spec.command = {"/no/such"};
    runtime_->launch(missing);
    ASSERT_TRUE(loop_.run_until([&] { return told(missing.key).failed.has_value(); }));
    EXPECT_EQ(told(missing.key).failed->kind, core::ErrorKind::InvalidArgument);
    EXPECT_EQ(told(missing.key).failed->field, "command");
    EXPECT_FALSE(told(missing.key).started);
    release(missing.key);
}

TEST_F(RuntimeLifeTest, AnUnknownUserIsAFailedStart) {
    auto strange = request("true");
    strange.spec.user = "nobody-here";
    runtime_->launch(strange);
    ASSERT_TRUE(loop_.run_until([&] { return told(strange.key).failed.has_value(); }));
    EXPECT_EQ(told(strange.key).failed->field, "user");
    release(strange.key);
}

TEST_F(RuntimeLifeTest, ASpecThatCannotBePlannedIsAFailedStart) {
    auto strange = request("true");
    strange.spec.security.add_capabilities = {"FLY"};
    runtime_->launch(strange);
    EXPECT_FALSE(told(strange.key).failed);  // never from inside the call
    ASSERT_TRUE(loop_.run_until([&] { return told(strange.key).failed.has_value(); }));
    EXPECT_EQ(told(strange.key).failed->field, "security.capabilities.add[0]");
    release(strange.key);
}

TEST_F(RuntimeLifeTest, ALimitTheKernelRefusesNamesItsField) {
    auto absurd = request("true");
    absurd.spec.limits.cpuset = "900";
    runtime_->launch(absurd);
    ASSERT_TRUE(loop_.run_until([&] { return told(absurd.key).failed || told(absurd.key).started; }));
    ASSERT_TRUE(told(absurd.key).failed);
    EXPECT_EQ(told(absurd.key).failed->field, "limits.cpuset") << told(absurd.key).failed->message;
    release(absurd.key);
}

TEST_F(RuntimeLifeTest, FreezesAndThaws) {
    const auto key = run(request("while :; do sleep 0.01; done"));
    const auto freeze = [&](bool frozen) {
        return await<void>([&](core::Reply<void> reply) { runtime_->freeze(key, frozen, std::move(reply)); });
    };
    EXPECT_TRUE(freeze(true).ok());
    EXPECT_TRUE(freeze(false).ok());
    EXPECT_TRUE(freeze(true).ok());
    runtime_->kill_all(key);
    wait_for_end(key);
    release(key);
    EXPECT_EQ(freeze(true).error().kind, core::ErrorKind::NotFound);
}

TEST_F(RuntimeLifeTest, ReleaseKillsWhatStillLivesAndMayBeRepeated) {
    const auto key = run(request("sleep 1000"));
    release(key);
    release(key);
    EXPECT_FALSE(told(key).exited);
}

TEST_F(RuntimeLifeTest, UserWorkdirEnvironmentAndHostnameAreThePots) {
    auto special = request("id -u; id -g; pwd; hostname; env");
    special.spec.user = "web";
    special.spec.workdir = "/tmp";
    special.spec.hostname = "inside";
    special.spec.env = {{"COLOUR", "blue"}};
    const auto key = run(special);
    wait_for_end(key);
    release(key);
    const std::string log = log_of(key);
    for (const char* part : {"33", "/tmp", "inside", "COLOUR=blue", "HOME=/srv", "container=potd"}) {
        EXPECT_NE(log.find(part), std::string::npos) << part << " in " << log;
    }
    EXPECT_EQ(log.find("POTMON"), std::string::npos);
}

TEST_F(RuntimeLifeTest, ManyPotsLiveSideBySide) {
    std::vector<core::RunKey> keys;
    keys.reserve(10);
    for (int each = 0; each < 10; ++each) keys.push_back(run(request("sleep 1000")));
    for (const auto& key : keys) runtime_->kill_all(key);
    for (const auto& key : keys) {
        wait_for_end(key);
        release(key);
    }
}

}  // namespace
}  // namespace potd::test
