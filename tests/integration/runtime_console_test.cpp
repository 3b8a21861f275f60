// The console of the main command with the real monitor: its beginning, its pace, its end.
#include "daemon/platform/posix/console.hpp"
#include "daemon/platform/posix/pipe.hpp"
#include "tests/integration/runtime_fixture.hpp"
#include "tests/support/wait.hpp"

#include <cerrno>
#include <csignal>

#include <fcntl.h>
#include <unistd.h>

namespace potd::test {
namespace {

using Session = std::unique_ptr<core::ExecSession>;

/// What the pipes on the way and the monitor can keep together, and a little more.
constexpr std::size_t more_than_fits = std::size_t{4} << 20U;

/// What this machine grants a pipe that shall hold a megabyte.
std::size_t console_pipe_size() {
    auto pipe = platform::make_pipe();
    platform::widen_pipe(pipe->write.get(), 1 << 20);
    ::fcntl(pipe->write.get(), F_SETFL, O_NONBLOCK);
    const std::string page(4096, '.');
    std::size_t taken = 0;
    for (ssize_t put = 0; put >= 0; put = ::write(pipe->write.get(), page.data(), page.size()))
        taken += static_cast<std::size_t>(put);
    return taken;
}

class RuntimeConsoleTest : public RuntimeFixture {
  protected:
    struct Client {
        Session session;
        ExecEnd end;
        bool done = false;
    };

    Client join(const core::RunKey& key, bool lossless) {
        auto session = await<Session>(
            [&](core::Reply<Session> reply) { exec_host_->attach(key, {lossless}, std::move(reply)); });
        EXPECT_TRUE(session.ok()) << session.error().message;
        return {std::move(session).value(), {}, false};
    }
    void begin(Client& client) { collect(*client.session, client.end, client.done); }
    bool finished(Client& client) {
        return loop_.run_until([&] { return client.done; });
    }
    /// As the supervisor does it: launched with a console and joined in the same breath.
    Client launch_joined(core::LaunchRequest request, bool lossless = true) {
        request.console = true;
        const core::RunKey key = request.key;
        runtime_->launch(std::move(request));
        return join(key, lossless);
    }
    bool ended(const core::RunKey& key) { return told(key).exited.has_value(); }
};

TEST_F(RuntimeConsoleTest, NothingIsMissedFromTheFirstByteToTheLast) {
    for (int i = 0; i < 20; ++i) {
        auto talking = request("echo out; echo err >&2; exit 3");
        const auto key = talking.key;
        Client client = launch_joined(talking);
        begin(client);
        ASSERT_TRUE(finished(client));
        EXPECT_EQ(client.end.out, "out\n");
        EXPECT_EQ(client.end.err, "err\n");
        EXPECT_EQ(client.end.result.exit_code, 3);
        wait_for_end(key);
        release(key);
    }
}

TEST_F(RuntimeConsoleTest, ACommandThatCannotBeRunHasNoConsole) {
    auto missing = request("");
    missing.spec.command = {"/no/such/program"};
    missing.console = true;
    const auto key = missing.key;
    runtime_->launch(missing);
    const auto session = await<Session>(
        [&](core::Reply<Session> reply) { exec_host_->attach(key, {true}, std::move(reply)); });
    EXPECT_FALSE(session.ok());
    ASSERT_TRUE(told(key).failed);
    EXPECT_EQ(told(key).failed->os_error, ENOENT);
    release(key);
}

TEST_F(RuntimeConsoleTest, ALosslessClientIsWaitedFor) {
    auto talking = request("head -c " + std::to_string(more_than_fits) + " /dev/zero; echo end >&2");
    const auto key = talking.key;
    Client client = launch_joined(talking);
    client.session->pause_output(true);
    begin(client);
    // More than a client that is not waited for would be sent, kept or not.
    ASSERT_TRUE(wait_until([&] { return log_of(key).size() > console_pipe_size(); }));
    EXPECT_FALSE(ended(key));
    client.session->pause_output(false);
    ASSERT_TRUE(finished(client));
    EXPECT_TRUE(client.end.out == std::string(more_than_fits, '\0')) << client.end.out.size();
    EXPECT_EQ(client.end.err, "end\n");
    wait_for_end(key);
    release(key);
}

TEST_F(RuntimeConsoleTest, AnotherClientIsNotWaitedFor) {
    auto talking = request("head -c " + std::to_string(more_than_fits) + " /dev/zero");
    const auto key = talking.key;
    Client client = launch_joined(talking, false);
    client.session->pause_output(true);
    begin(client);
    wait_for_end(key);
    client.session->pause_output(false);
    ASSERT_TRUE(finished(client));
    EXPECT_LT(client.end.out.size(), more_than_fits);
    release(key);
}

TEST_F(RuntimeConsoleTest, AClientThatLeavesHoldsNothingUp) {
    auto talking = request("head -c " + std::to_string(more_than_fits) + " /dev/zero");
    const auto key = talking.key;
    Client client = launch_joined(talking);
    client.session->pause_output(true);
    begin(client);
    ASSERT_TRUE(wait_until([&] { return log_of(key).size() > console_pipe_size(); }));
    client.session.reset();
    wait_for_end(key);
    release(key);
}

TEST_F(RuntimeConsoleTest, WhoStaysIsNotWaitedForOnceTheLosslessOneIsGone) {
    auto talking = request("head -c " + std::to_string(more_than_fits) + " /dev/zero");
    const auto key = talking.key;
    Client client = launch_joined(talking);
    Client watcher = join(key, false);
    client.session->pause_output(true);
    watcher.session->pause_output(true);
    begin(client);
    begin(watcher);
    ASSERT_TRUE(wait_until([&] { return log_of(key).size() > console_pipe_size(); }));
    client.session.reset();
    wait_for_end(key);
    release(key);
}

TEST_F(RuntimeConsoleTest, TheEndIsToldWhileTheClientStillHasToRead) {
    // It fits on the way: into the console's pipe and the command's own.
    const std::size_t size = console_pipe_size() + 50'000;
    auto talking = request("head -c " + std::to_string(size) + " /dev/zero");
    const auto key = talking.key;
    Client client = launch_joined(talking);
    client.session->pause_output(true);
    begin(client);
    wait_for_end(key);
    release(key);
    EXPECT_FALSE(client.done);
    client.session->pause_output(false);
    ASSERT_TRUE(finished(client));
    EXPECT_TRUE(client.end.out == std::string(size, '\0')) << client.end.out.size();
}

TEST_F(RuntimeConsoleTest, AClientThatNeverBeginsHoldsNothingUpAtTheEnd) {
    auto talking = request("echo hello");
    const auto key = talking.key;
    Client client = launch_joined(talking);
    wait_for_end(key);
    release(key);
    begin(client);
    ASSERT_TRUE(finished(client));
    EXPECT_EQ(client.end.out, "hello\n");
}

TEST_F(RuntimeConsoleTest, TheEndOfInputReachesTheCommandAfterTheInput) {
    auto reading = request("cat; echo end");
    reading.spec.open_stdin = true;
    Client client = launch_joined(reading);
    const std::string text(300'000, 'x');
    begin(client);
    ASSERT_TRUE(client.session->write(text).ok());
    client.session->close_stdin();
    EXPECT_FALSE(client.session->write("late").ok());
    ASSERT_TRUE(finished(client));
    EXPECT_TRUE(client.end.out == text + "end\n") << client.end.out.size();
    release(reading.key);
}

TEST_F(RuntimeConsoleTest, TheEndOfInputIsTheEndForAll) {
    auto reading = request("cat; echo end");
    reading.spec.open_stdin = true;
    Client first = launch_joined(reading);
    Client second = join(reading.key, false);
    begin(first);
    begin(second);
    ASSERT_TRUE(second.session->write("hello\n").ok());
    first.session->close_stdin();
    ASSERT_TRUE(finished(first) && finished(second));
    EXPECT_EQ(first.end.out, "hello\nend\n");
    EXPECT_EQ(second.end.out, "hello\nend\n");
    release(reading.key);
}

TEST_F(RuntimeConsoleTest, TheEndOfInputGoesOutWhenItsClientIsGone) {
    auto reading = request("wc -c; exit 4");
    reading.spec.open_stdin = true;
    Client client = launch_joined(reading);
    begin(client);
    ASSERT_TRUE(client.session->write(std::string(300'000, 'x')).ok());
    client.session->close_stdin();
    client.session.reset();
    wait_for_end(reading.key);
    EXPECT_NE(log_of(reading.key).find(" 300000\n"), std::string::npos) << log_of(reading.key);
    EXPECT_EQ(told(reading.key).exited->exit_code, 4);
    release(reading.key);
}

TEST_F(RuntimeConsoleTest, InputStaysOpenForWhoComesNext) {
    auto reading = request("read a; read b; echo $a $b");
    reading.spec.open_stdin = true;
    const auto key = run(reading);
    {
        Client client = join(key, false);
        begin(client);
        ASSERT_TRUE(client.session->write("one\n").ok());
    }
    Client client = join(key, false);
    begin(client);
    ASSERT_TRUE(client.session->write("two\n").ok());
    ASSERT_TRUE(finished(client));
    EXPECT_EQ(client.end.out, "one two\n");
    release(key);
}

TEST_F(RuntimeConsoleTest, AStreamThatEndsEarlyDoesNotEndTheOther) {
    auto talking = request("echo out; exec >&-; echo err >&2; read wait");
    talking.spec.open_stdin = true;
    Client client = launch_joined(talking);
    begin(client);
    ASSERT_TRUE(loop_.run_until([&] { return client.end.err == "err\n"; }));
    EXPECT_FALSE(client.done);
    ASSERT_TRUE(client.session->write("\n").ok());
    ASSERT_TRUE(finished(client));
    EXPECT_EQ(client.end.out, "out\n");
    release(talking.key);
}

TEST_F(RuntimeConsoleTest, ATerminalIsThereFromTheStart) {
    auto talking = request("tty; cat; echo end");
    talking.spec.terminal = true;
    Client client = launch_joined(talking);
    begin(client);
    ASSERT_TRUE(client.session->write("hello\n\x04").ok());
    client.session->close_stdin();
    ASSERT_TRUE(finished(client));
    EXPECT_NE(client.end.out.find("/dev/pts/0\r\n"), std::string::npos) << client.end.out;
    EXPECT_NE(client.end.out.find("end\r\n"), std::string::npos) << client.end.out;
    release(talking.key);
}

TEST_F(RuntimeConsoleTest, ALosslessClientEndsWhenTheMonitorDies) {
    auto talking = request("echo hello; sleep 1000");
    const auto key = talking.key;
    Client client = launch_joined(talking);
    begin(client);
    ASSERT_TRUE(loop_.run_until([&] { return client.end.out == "hello\n"; }));
    ASSERT_EQ(::kill(told(key).spawned->pid, SIGKILL), 0);
    ASSERT_TRUE(finished(client));
    EXPECT_EQ(client.end.result.signal, SIGKILL);
    wait_for_end(key);
    release(key);
}

TEST_F(RuntimeConsoleTest, AnAdoptedRunIsJoinedAgain) {
    auto reading = request("cat");
    reading.spec.open_stdin = true;
    const auto key = run(reading);
    const auto processes = *told(key).started;
    {
        Client client = join(key, true);
        begin(client);
        ASSERT_TRUE(client.session->write("one\n").ok());
        ASSERT_TRUE(loop_.run_until([&] { return client.end.out == "one\n"; }));
    }
    restart_runtime();
    EXPECT_EQ(adopt(key, processes).kind, core::Adopted::Kind::Running);
    Client client = join(key, true);
    begin(client);
    ASSERT_TRUE(client.session->write("two\n").ok());
    client.session->close_stdin();
    ASSERT_TRUE(finished(client));
    EXPECT_EQ(client.end.out, "two\n");
    release(key);
}

}  // namespace
}  // namespace potd::test
