#include "tests/integration/client/potctl_fixture.hpp"

#include <future>

#include <signal.h>
#include <unistd.h>

namespace potd::test {
namespace {

using testing::HasSubstr;

class PotctlTerminalTest : public PotctlTest {
  protected:
    void SetUp() override {
        potd_.answer(
            "GET /v1/pots/a", 200,
            R"({"name":"a","state":"running","spec":{"name":"a","terminal":true,"open_stdin":true}})");
    }
};

TEST_F(PotctlTerminalTest, ExecTellsTheSizeAndPassesKeys) {
    std::string first;
    std::string keys;
    int keyboard = -1;
    auto shell = call({"exec", "-t", "-p", "a", "--", "sh"});
    shell.started = [&](pid_t, int input) { keyboard = input; };
    potd_.handle("GET /v1/pots/a/exec", [&](FakePeer& peer, const FakeRequest& request) {
        peer.accept_websocket(request);
        first = peer.read_frame();
        peer.send_text(R"({"type":"started"})");
        peer.send_frame(9, "");
        static_cast<void>(peer.read_frame());
        // Raw mode stands. FreeBSD tells nobody of keys that were typed before it.
        EXPECT_EQ(::write(keyboard, "abz", 3), 3);
        while (keys.find('z') == std::string::npos) {
            const std::string frame = peer.read_frame();
            if (frame.empty()) break;
            if (frame.front() == 2) keys += frame.substr(2);
        }
        peer.send_frame(2,
                        "\x01"
                        "bye\n");
        peer.send_text(R"({"type":"exit","exit_code":5})");
    });
    const auto result = run_on_terminal(shell, 30, 100);
    EXPECT_EQ(result.status, 5) << result.out;
    EXPECT_THAT(first, HasSubstr(R"("terminal":true,"rows":30,"columns":100,"env":{"TERM":"xterm"})"));
    EXPECT_EQ(keys, "abz");
    EXPECT_THAT(result.out, HasSubstr("bye\n"));
}

TEST_F(PotctlTerminalTest, AttachLeavesByItsKeys) {
    int keyboard = -1;
    auto shell = call({"attach", "a"});
    shell.started = [&](pid_t, int input) { keyboard = input; };
    std::promise<std::string> typed;
    potd_.handle("GET /v1/pots/a/attach", [&](FakePeer& peer, const FakeRequest& request) {
        peer.accept_websocket(request);
        // The size comes once raw mode stands; before it the terminal itself would act on the keys.
        static_cast<void>(peer.read_frame());
        EXPECT_EQ(::write(keyboard, "x\x03\x10\x11", 4), 4);
        std::string keys;
        for (std::string frame = peer.read_frame(); !frame.empty(); frame = peer.read_frame())
            keys += frame.substr(2);
        typed.set_value(keys);
    });
    const auto result = run_on_terminal(shell, 24, 80);
    EXPECT_EQ(result.status, 0) << result.out;
    EXPECT_EQ(typed.get_future().get(), "x\x03");
}

TEST_F(PotctlTerminalTest, AttachExitsWithTheCommand) {
    potd_.handle("GET /v1/pots/a/attach", [](FakePeer& peer, const FakeRequest& request) {
        peer.accept_websocket(request);
        peer.send_frame(2,
                        "\x01"
                        "last words");
        peer.send_text(R"({"type":"exit","exit_code":null,"signal":15})");
    });
    const auto result = run_on_terminal(call({"attach", "a"}), 24, 80);
    EXPECT_EQ(result.status, 143);
    EXPECT_THAT(result.out, HasSubstr("last words"));
}

TEST_F(PotctlTerminalTest, AChangedWindowIsTold) {
    pid_t pid = 0;
    auto shell = call({"term", "a"});
    shell.started = [&](pid_t child, int) { pid = child; };
    std::string resize;
    potd_.handle("GET /v1/pots/a/exec", [&](FakePeer& peer, const FakeRequest& request) {
        peer.accept_websocket(request);
        static_cast<void>(peer.read_frame());
        peer.send_text(R"({"type":"started"})");
        peer.send_frame(9, "");
        static_cast<void>(peer.read_frame());
        ::kill(pid, SIGWINCH);
        resize = peer.read_frame();
        peer.send_text(R"({"type":"exit","exit_code":0})");
    });
    EXPECT_EQ(run_on_terminal(shell, 40, 120).status, 0);
    EXPECT_EQ(resize, "\x01{\"type\":\"resize\",\"rows\":40,\"columns\":120}");
}

}  // namespace
}  // namespace potd::test
