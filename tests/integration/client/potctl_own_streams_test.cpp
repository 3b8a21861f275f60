// What potctl does when its own standard streams are closed, full, or nobody's.

#include "tests/integration/client/potctl_fixture.hpp"

#include <chrono>
#include <csignal>
#include <future>
#include <thread>

namespace potd::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* has_started = R"({"type":"started","exit_code":null,"signal":null})";
constexpr const char* has_exited = R"({"type":"exit","exit_code":0,"signal":null})";

class PotctlOwnStreamsTest : public PotctlTest {
  protected:
    /// `line` is for a shell; "potctl" in it is the program.
    [[nodiscard]] ProgramResult shell(const std::string& line, const std::string& input = {}) const {
        auto asked = call({}, input);
        asked.words = {"/bin/sh", "-c", "potctl() { " + std::string(POTCTL_PROGRAM) + " \"$@\"; }; " + line};
        return run_program(asked);
    }
    /// The command writes `text` and ends once its input does.
    void serve_exec(const std::string& text) {
        potd_.handle("GET /v1/pots/a/exec", [this, text](FakePeer& peer, const FakeRequest& request) {
            peer.accept_websocket(request);
            request_ = peer.read_frame();
            peer.send_text(has_started);
            if (!text.empty()) peer.send_frame(2, "\x01" + text);
            input_.clear();
            for (std::string frame = peer.read_frame(); frame.size() > 1; frame = peer.read_frame()) {
                input_ += frame.substr(1);
                if (frame.front() == 1) break;
            }
            peer.send_text(has_exited);
        });
    }
    std::string request_, input_;
};

TEST_F(PotctlOwnStreamsTest, AFullOutputIsAnErrorOfWhateverWritesThere) {
    potd_.answer("GET /v1/pots", 200, list({pot("a", "running")}));
    serve_exec("text");
    for (const std::string line : {"potctl ls", "potctl ls --help", "potctl --help", "potctl --version",
                                   "potctl __man", "potctl exec a echo text"}) {
        const auto result = shell(line + " >/dev/full </dev/null");
        EXPECT_EQ(result.status, 1) << line;
        EXPECT_THAT(result.err, HasSubstr("cannot write the output: No space left on device\n")) << line;
    }
}

TEST_F(PotctlOwnStreamsTest, AClosedStreamIsNotTheConnection) {
    potd_.answer("GET /v1/pots", 200, list({pot("a", "running")}));
    serve_exec("text");
    for (const std::string line : {"potctl ls", "potctl exec a echo text </dev/null"}) {
        const auto result = shell(line + " >&-");
        EXPECT_EQ(result.status, 1) << line;
        EXPECT_THAT(result.err, HasSubstr("cannot write the output: Bad file descriptor\n")) << line;
    }
    const auto deaf = shell("potctl exec a cat <&-");
    EXPECT_EQ(deaf.status, 0) << deaf.err;
    EXPECT_EQ(deaf.out, "text");
    EXPECT_EQ(input_, R"({"type":"eof"})");
    const auto mute = shell("potctl start nothere 2>&-");
    EXPECT_EQ(mute.status, 3);
    for (const auto& request : potd_.requests())
        EXPECT_THAT(request.body, Not(HasSubstr("text"))) << request.line();
}

TEST_F(PotctlOwnStreamsTest, FollowingEndsWithWhoReadsIt) {
    const auto serve = [&](const std::string& line, const char* type, const std::string& text) {
        potd_.handle(line, [=](FakePeer& peer, const FakeRequest&) {
            peer.begin_chunks(type);
            peer.send_chunk(text);
            EXPECT_THAT(peer.read_head(), IsEmpty());
        });
    };
    serve("GET /v1/pots/a/logs?follow=true", "application/x-ndjson",
          R"({"time":"2026-01-31T12:00:00.000Z","stream":"stdout","partial":false,"text":"one"})"
          "\n");
    serve("GET /v1/events", "text/event-stream", "data: {\"number\":1,\"type\":\"pot.created\"}\n\n");
    for (const std::string line : {"potctl logs -f a", "potctl events -f"}) {
        const auto result = shell(line + " | head -n 1");
        EXPECT_THAT(result.out, Not(IsEmpty())) << line;
        EXPECT_THAT(result.err, IsEmpty()) << line;
    }
}

TEST_F(PotctlOwnStreamsTest, WithoutATerminalAShellReadsWhatComes) {
    serve_exec({});
    const auto result = shell("potctl term a", "exit 3\n");
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_THAT(request_, Not(HasSubstr("terminal")));
    EXPECT_EQ(input_, std::string(1, '\0') + "exit 3\n" + R"({"type":"eof"})");
}

TEST_F(PotctlOwnStreamsTest, WaitingForANextRunCanBeLeft) {
    potd_.answer("GET /v1/pots/a", 200, pot("a", "stopped"));
    std::promise<void> joined;
    potd_.handle("GET /v1/pots/a/attach", [&](FakePeer& peer, const FakeRequest& request) {
        peer.accept_websocket(request);
        joined.set_value();
        EXPECT_THAT(peer.read_frame(), IsEmpty());
    });
    auto asked = call({"attach", "a"});
    asked.started = [&](pid_t pid, int) {
        joined.get_future().wait();
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        ::kill(pid, SIGTERM);
    };
    EXPECT_EQ(run_program(asked).status, 128 + SIGTERM);
}

TEST_F(PotctlOwnStreamsTest, ATerminalMayBeLeftBehind) {
    serve_exec({});
    EXPECT_EQ(potctl({"exec", "-dt", "-p", "a", "true"}).status, 0);
    EXPECT_THAT(request_, HasSubstr(R"("terminal":true)"));
}

TEST_F(PotctlOwnStreamsTest, WhatIsNotUtf8IsRefusedAndNotSentAsSomethingElse) {
    for (const std::vector<std::string>& words :
         std::vector<std::vector<std::string>>{{"exec", "a", "rm", "caf\xe9"},
                                               {"create", "a", "-b", "host", "-e", "X=\xff"},
                                               {"set-cmd", "a", "-c", "cat caf\xe9"}}) {
        const auto result = potctl(words);
        EXPECT_EQ(result.status, 2) << words.front();
        EXPECT_THAT(result.err, HasSubstr("is not UTF-8")) << words.front();
    }
    for (const auto& line : potd_.lines()) EXPECT_THAT(line, testing::StartsWith("GET ")) << line;
}

}  // namespace
}  // namespace potd::test
