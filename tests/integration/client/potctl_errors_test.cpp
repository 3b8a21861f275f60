#include "tests/integration/client/potctl_fixture.hpp"

#include <algorithm>

namespace potd::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

class PotctlErrorsTest : public PotctlTest {};

TEST_F(PotctlErrorsTest, WrongUseExitsTwoWithAHint) {
    for (const auto& [words, hint] : std::vector<std::pair<std::vector<std::string>, std::string>>{
             {{"strat", "web"}, "did you mean start?"},
             {{"ps", "--fromat", "json"}, "did you mean --format?"},
             {{"ps", "--format", "jsno"}, "did you mean json?"},
             {{"start"}, "potctl help start"},
             {{"create", "-p"}, "potctl help create"},
             {{"--bogus"}, "unknown option --bogus"},
             {{"stop", ".."}, "not a name"}}) {
        const auto result = potctl(words);
        EXPECT_EQ(result.status, 2) << words.front();
        EXPECT_THAT(result.err, StartsWith("potctl: "));
        EXPECT_THAT(result.err, HasSubstr(hint));
        EXPECT_THAT(result.out, IsEmpty());
    }
    EXPECT_THAT(potd_.lines(), IsEmpty());
}

TEST_F(PotctlErrorsTest, NoTokenIsSentWhereOthersCouldReadIt) {
    const auto result = potctl({"--url", "http://192.0.2.1:1", "--token", "potd_0", "ps"});
    EXPECT_EQ(result.status, 2);
    EXPECT_EQ(result.err,
              "potctl: ps: the token is not sent to http://192.0.2.1:1, as it could be read on the way "
              "(https://192.0.2.1)\n");
    EXPECT_EQ(potctl({"--token", "a\r\nX-Header: b", "ps"}).status, 2);
    EXPECT_THAT(potd_.lines(), IsEmpty());
}

TEST_F(PotctlErrorsTest, AnErrorIsOneLineOnStandardError) {
    potd_.answer("POST /v1/pots/web/start", 404, problem(404, "not_found", "there is no pot 'web'\\nat all"));
    const auto result = potctl({"start", "web"});
    EXPECT_EQ(result.status, 3);
    EXPECT_EQ(result.err, "potctl: start web: there is no pot 'web'\\nat all\n");
    EXPECT_THAT(result.out, IsEmpty());
}

TEST_F(PotctlErrorsTest, StatusesBecomeExitCodes) {
    for (const auto& [status, exit] : std::vector<std::pair<int, int>>{
             {400, 2}, {403, 1}, {404, 3}, {409, 4}, {412, 4}, {500, 1}, {503, 1}}) {
        potd_.answer("POST /v1/pots/web/stop", status, problem(status, "word", "because"));
        EXPECT_EQ(potctl({"stop", "web"}).status, exit) << status;
    }
}

TEST_F(PotctlErrorsTest, ExitsFiveWithoutADaemon) {
    auto nobody = call({"ps"});
    nobody.environment[0] = "POTD_URL=/nonexistent/potd.sock";
    const auto result = run_program(nobody);
    EXPECT_EQ(result.status, 5);
    EXPECT_EQ(result.err,
              "potctl: ps: potd does not answer at /nonexistent/potd.sock: No such file or directory "
              "(is potd running? POTD_URL or --url says where)\n");
}

TEST_F(PotctlErrorsTest, ExitsFiveWhenTheDaemonDiesInTheMiddle) {
    potd_.handle("GET /v1/pots", [](FakePeer& peer, const FakeRequest&) {
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"items\":");
        peer.hang_up();
    });
    const auto result = potctl({"ps"});
    EXPECT_EQ(result.status, 5);
    EXPECT_THAT(result.err, HasSubstr("in the middle"));
}

TEST_F(PotctlErrorsTest, ExitsFiveWhenSomethingElseListensThere) {
    potd_.handle("GET /v1/pots", [](FakePeer& peer, const FakeRequest&) {
        peer.send("SSH-2.0-nope\r\n\r\n");
        peer.hang_up();
    });
    EXPECT_EQ(potctl({"ps"}).status, 5);
}

TEST_F(PotctlErrorsTest, WhatThisVersionLacksExitsOneWithTheReason) {
    for (const auto& words : std::vector<std::vector<std::string>>{
             {"import", "-p", "web"}, {"set-attr", "-p", "web", "-A", "procfs", "-V", "yes"}}) {
        const auto result = potctl(words);
        EXPECT_EQ(result.status, 1) << words.front();
        EXPECT_THAT(result.err, HasSubstr("not in this version")) << words.front();
        EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1);
    }
    EXPECT_THAT(potd_.lines(), IsEmpty());
}

TEST_F(PotctlErrorsTest, SeveralPotsAreAllTriedAndTheFirstFailureCounts) {
    potd_.answer("POST /v1/pots/a/stop", 404, problem(404, "not_found", "no a"));
    potd_.answer("POST /v1/pots/b/stop", 200, pot("b", "stopped"));
    potd_.answer("POST /v1/pots/c/stop", 409, problem(409, "conflict", "busy c"));
    const auto result = potctl({"stop", "a", "b", "c"});
    EXPECT_EQ(result.status, 3);
    EXPECT_EQ(potd_.lines().size(), 3U);
    EXPECT_EQ(result.err, "potctl: stop a: no a\npotctl: stop c: busy c\n");
}

TEST_F(PotctlErrorsTest, AFileThatIsNoHookIsNamedWithItsOption) {
    const auto result = potctl({"set-hook", "a", "-T", "/nonexistent"});
    EXPECT_EQ(result.status, 1);
    EXPECT_EQ(result.err, "potctl: set-hook a: --poststop: '/nonexistent' is not an executable file\n");
    EXPECT_THAT(potd_.lines(), IsEmpty());
}

TEST_F(PotctlErrorsTest, AFullOutputIsAFailure) {
    potd_.answer("GET /v1/pots", 200, list({pot("web", "running")}));
    auto full = call({"-c", std::string(POTCTL_PROGRAM) + " ps >/dev/full"});
    full.words[0] = "/bin/sh";
    const auto result = run_program(full);
    EXPECT_EQ(result.status, 1);
    EXPECT_THAT(result.err, HasSubstr("cannot write the output"));
}

TEST_F(PotctlErrorsTest, HelpNeedsNoDaemon) {
    const auto result = potctl({"run", "--help"});
    EXPECT_EQ(result.status, 0);
    EXPECT_THAT(result.out, StartsWith("usage: potctl run"));
    EXPECT_EQ(potctl({"help", "create"}).status, 0);
    EXPECT_EQ(potctl({"help", "crate"}).status, 2);
    EXPECT_EQ(potctl({"--help"}).status, 0);
    EXPECT_EQ(potctl({"--version"}).status, 0);
    EXPECT_EQ(potctl({}).status, 2);
    EXPECT_THAT(potd_.lines(), IsEmpty());
}

}  // namespace
}  // namespace potd::test
