#include "tests/integration/runtime_fixture.hpp"

#include <csignal>

namespace potd::test {
namespace {

using Session = std::unique_ptr<core::ExecSession>;

class RuntimeExecTest : public RuntimeFixture {
  protected:
    static core::ExecRequest shell(const std::string& script) {
        core::ExecRequest request;
        request.command = {"/bin/sh", "-c", script};
        return request;
    }
    core::Result<Session> attach(const core::RunKey& key, bool lossless = false) {
        return await<Session>(
            [&](core::Reply<Session> reply) { exec_host_->attach(key, {lossless}, std::move(reply)); });
    }
};

TEST_F(RuntimeExecTest, RunsACommandInThePot) {
    auto named = request("exec sleep 1000");
    named.spec.hostname = "inside";
    const auto key = run(named);
    const auto end = exec(key, shell("hostname; echo oops >&2; exit 3"));
    EXPECT_EQ(end.out, "inside\n");
    EXPECT_EQ(end.err, "oops\n");
    EXPECT_EQ(end.result.exit_code, 3);
    release(key);
}

TEST_F(RuntimeExecTest, CarriesInputAndMuchOutput) {
    const auto key = run(request("exec sleep 1000"));
    const std::string text(700'000, 'x');
    const auto end = exec(key, shell("cat"), text);
    EXPECT_EQ(end.out.size(), text.size());
    EXPECT_EQ(end.out, text);
    release(key);
}

TEST_F(RuntimeExecTest, UserWorkdirAndEnvironmentAreTheRequests) {
    const auto key = run(request("exec sleep 1000"));
    auto request = shell("id -u; pwd; echo $COLOUR");
    request.user = "web";
    request.workdir = "/tmp";
    request.env = {{"COLOUR", "red"}};
    EXPECT_EQ(exec(key, request).out, "33\n/tmp\nred\n");
    release(key);
}

TEST_F(RuntimeExecTest, WhatDoesNotExistIsNamed) {
    const auto key = run(request("exec sleep 1000"));
    core::ExecRequest missing;
    missing.command = {"/no/such"};
    ASSERT_TRUE(exec(key, missing).error);
    EXPECT_EQ(exec(key, missing).error->field, "command");
    auto strange = shell("true");
    strange.user = "stranger";
    EXPECT_EQ(exec(key, strange).error->field, "user");
    release(key);
}

TEST_F(RuntimeExecTest, ARunThatEndedTakesNoCommand) {
    const auto key = run(request("true"));
    wait_for_end(key);
    EXPECT_EQ(exec(key, shell("true")).error->kind, core::ErrorKind::Conflict);
    release(key);
}

TEST_F(RuntimeExecTest, ATerminalIsOneStreamOfTheGivenSize) {
    const auto key = run(request("exec sleep 1000"));
    auto request = shell("stty size; echo oops >&2; exit 4");
    request.terminal = true;
    request.rows = 33;
    request.columns = 99;
    const auto end = exec(key, request);
    ASSERT_FALSE(end.error) << end.error->message;
    EXPECT_EQ(end.out, "33 99\r\noops\r\n");
    EXPECT_EQ(end.result.exit_code, 4);
    release(key);
}

TEST_F(RuntimeExecTest, ASignalReachesTheExec) {
    const auto key = run(request("exec sleep 1000"));
    auto session = await<Session>([&](core::Reply<Session> reply) {
        exec_host_->exec(key, shell("exec sleep 1000"), std::move(reply));
    });
    ASSERT_TRUE(session.ok());
    ExecEnd end;
    bool done = false;
    collect(**session, end, done);
    ASSERT_TRUE((*session)->signal(SIGINT).ok());
    ASSERT_TRUE(loop_.run_until([&] { return done; }));
    EXPECT_EQ(end.result.signal, SIGINT);
    release(key);
}

TEST_F(RuntimeExecTest, TheEndOfThePotEndsItsExecs) {
    const auto key = run(request("exec sleep 1000"));
    auto session = await<Session>([&](core::Reply<Session> reply) {
        exec_host_->exec(key, shell("exec sleep 1000"), std::move(reply));
    });
    ASSERT_TRUE(session.ok());
    ExecEnd end;
    bool done = false;
    collect(**session, end, done);
    runtime_->kill_all(key);
    ASSERT_TRUE(loop_.run_until([&] { return done; }));
    EXPECT_EQ(end.result.signal, SIGKILL);
    wait_for_end(key);
    release(key);
}

TEST_F(RuntimeExecTest, AttachIsTheConsoleOfTheCommand) {
    auto talking = request("read line; echo got $line; echo oops >&2; exit 6");
    talking.spec.open_stdin = true;
    const auto key = run(talking);
    auto session = attach(key);
    ASSERT_TRUE(session.ok()) << session.error().message;
    ExecEnd end;
    bool done = false;
    collect(**session, end, done);
    ASSERT_TRUE((*session)->write("hello\n").ok());
    ASSERT_TRUE(loop_.run_until([&] { return done; }));
    EXPECT_EQ(end.out, "got hello\n");
    EXPECT_EQ(end.err, "oops\n");
    EXPECT_EQ(end.result.exit_code, 6);
    release(key);
}

TEST_F(RuntimeExecTest, TwoConsolesSeeTheSame) {
    auto talking = request("read line; echo got $line");
    talking.spec.open_stdin = true;
    const auto key = run(talking);
    auto first = attach(key), second = attach(key);
    ASSERT_TRUE(first.ok() && second.ok());
    ExecEnd first_end, second_end;
    bool first_done = false, second_done = false;
    collect(**first, first_end, first_done);
    collect(**second, second_end, second_done);
    ASSERT_TRUE((*second)->write("hello\n").ok());
    ASSERT_TRUE(loop_.run_until([&] { return first_done && second_done; }));
    EXPECT_EQ(first_end.out, "got hello\n");
    EXPECT_EQ(second_end.out, "got hello\n");
    release(key);
}

TEST_F(RuntimeExecTest, ATerminalConsoleIsAttached) {
    auto talking = request("stty size; read line; echo got $line");
    talking.spec.terminal = true;
    const auto key = run(talking);
    auto session = attach(key);
    ASSERT_TRUE(session.ok());
    ExecEnd end;
    bool done = false;
    collect(**session, end, done);
    EXPECT_TRUE((*session)->resize(40, 120).ok());
    ASSERT_TRUE((*session)->write("hello\n").ok());
    ASSERT_TRUE(loop_.run_until([&] { return done; }));
    EXPECT_NE(end.out.find("got hello\r\n"), std::string::npos) << end.out;
    release(key);
}

}  // namespace
}  // namespace potd::test
