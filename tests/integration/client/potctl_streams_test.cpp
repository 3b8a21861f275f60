#include "tests/integration/client/potctl_fixture.hpp"

#include <algorithm>
#include <functional>
#include <future>

#include <signal.h>

namespace potd::test {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

constexpr const char* started = R"({"type":"started","exit_code":null,"signal":null})";

std::string exited(int code) {
    return R"({"type":"exit","exit_code":)" + std::to_string(code) + R"(,"signal":null})";
}

std::string log_line(const std::string& stream, const std::string& text, bool partial = false) {
    return R"({"time":"2026-01-31T12:00:00.000Z","stream":")" + stream + R"(","partial":)" +
           (partial ? "true" : "false") + R"(,"text":")" + text + "\"}\n";
}

class PotctlStreamsTest : public PotctlTest {
  protected:
    /// Answers GET logs with these bytes, cut into chunks of `size`.
    void serve_logs(const std::string& target, const std::string& text, std::size_t size) {
        potd_.handle("GET " + target, [text, size](FakePeer& peer, const FakeRequest&) {
            peer.begin_chunks("application/x-ndjson");
            for (std::size_t at = 0; at < text.size(); at += size) peer.send_chunk(text.substr(at, size));
            peer.end_chunks();
        });
    }
    void serve_exec(FakePotd::Handler talk) {
        potd_.handle("GET /v1/pots/a/exec",
                     [this, talk = std::move(talk)](FakePeer& peer, const FakeRequest& request) {
                         peer.accept_websocket(request);
                         exec_request_ = peer.read_frame();
                         talk(peer, request);
                     });
    }
    std::string exec_request_;
};

TEST_F(PotctlStreamsTest, LogsGoWhereTheyCameFrom) {
    const std::string text = log_line("stdout", "one") + log_line("stderr", "two") +
                             log_line("stdout", "par", true) + log_line("stdout", "tial") +
                             log_line("stdout", "no end", true);
    for (const std::size_t size : {std::size_t{1}, std::size_t{7}, text.size()}) {
        serve_logs("/v1/pots/a/logs?follow=false", text, size);
        const auto result = potctl({"logs", "a"});
        EXPECT_EQ(result.status, 0) << result.err;
        EXPECT_EQ(result.out, "one\npartial\nno end");
        EXPECT_EQ(result.err, "two\n");
    }
}

TEST_F(PotctlStreamsTest, LogsPassTheirOptionsOn) {
    const std::string target =
        "/v1/pots/a/logs?follow=true&tail=5&stream=stdout&since=2026-01-31T12%3A00%3A00.000Z";
    serve_logs(target, log_line("stdout", "x"), 100);
    const auto result =
        potctl({"logs", "-f", "-n", "5", "--stream=stdout", "--since", "2026-01-31T12:00:00Z", "-t", "a"});
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_EQ(result.out, "2026-01-31T12:00:00.000Z x\n");
    EXPECT_EQ(potctl({"logs", "a", "--since", "soon"}).status, 2);
    EXPECT_EQ(potctl({"logs", "none"}).status, 3);
}

TEST_F(PotctlStreamsTest, ExecCarriesTheStreamsAndTheStatus) {
    std::string input;
    serve_exec([&](FakePeer& peer, const FakeRequest&) {
        peer.send_text(started);
        for (std::string frame = peer.read_frame(); frame.front() == 2; frame = peer.read_frame()) {
            EXPECT_EQ(frame[1], 0);
            input += frame.substr(2);
        }
        peer.send_frame(2, "\x01out\n");
        peer.send_frame(9, "are you there?");
        peer.send_frame(2, std::string("\x02"
                                       "err\0\n",
                                       6));
        peer.send_text(exited(7));
        peer.send_frame(8, "");
    });
    const auto result = potctl(
        {"exec", "-p", "a", "-e", "X=1=2", "-U", "www", "-w", "/tmp", "--", "cat", "-n"}, "some input");
    EXPECT_EQ(result.status, 7) << result.err;
    EXPECT_EQ(result.out, "out\n");
    EXPECT_EQ(result.err, std::string("err\0\n", 5));
    EXPECT_EQ(input, "some input");
    EXPECT_EQ(exec_request_.substr(1),
              R"({"command":["cat","-n"],"env":{"X":"1=2"},"user":"www","workdir":"/tmp"})");
}

TEST_F(PotctlStreamsTest, ExecHalfClosesAndGoesOnReading) {
    serve_exec([](FakePeer& peer, const FakeRequest&) {
        peer.send_text(started);
        EXPECT_EQ(peer.read_frame(), "\x01{\"type\":\"eof\"}");
        peer.send_frame(2,
                        "\x01"
                        "after the end");
        peer.send_text(exited(0));
    });
    const auto result = potctl({"exec", "a", "cat"});
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_EQ(result.out, "after the end");
}

TEST_F(PotctlStreamsTest, ExecCarriesMuchBothWaysAtOnce) {
    const std::string much(3'000'000, 'x');
    std::string echoed;
    serve_exec([](FakePeer& peer, const FakeRequest&) {
        peer.send_text(started);
        for (std::string frame = peer.read_frame(); frame.size() > 1 && frame.front() == 2;
             frame = peer.read_frame()) {
            peer.send_frame(2, "\x01" + frame.substr(2));
        }
        peer.send_text(exited(0));
    });
    const auto result = potctl({"exec", "a", "cat"}, much);
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_EQ(result.out.size(), much.size());
}

TEST_F(PotctlStreamsTest, ExecOfWhatIsNotThereExits127) {
    serve_exec([](FakePeer& peer, const FakeRequest&) {
        std::string error = problem(404, "not_found", "no such command", "command");
        error.replace(error.find("about:blank"), 11, "error");
        peer.send_text(error);
    });
    const auto result = potctl({"exec", "a", "nonesuch"});
    EXPECT_EQ(result.status, 127);
    EXPECT_EQ(result.err, "potctl: exec a: no such command\n");
    EXPECT_EQ(potctl({"exec", "b", "true"}).status, 3);
    EXPECT_EQ(potctl({"exec", "-p", "a"}).status, 2);
}

TEST_F(PotctlStreamsTest, ExecForwardsSignals) {
    auto waiting = call({"exec", "a", "sleep", "inf"});
    waiting.keep_input_open = true;
    pid_t pid = 0;
    waiting.started = [&](pid_t child, int) { pid = child; };
    std::string control;
    serve_exec([&](FakePeer& peer, const FakeRequest&) {
        peer.send_text(started);
        // It answers a ping only once it listens, and by then its handlers stand.
        peer.send_frame(9, "");
        static_cast<void>(peer.read_frame());
        ::kill(pid, SIGINT);
        control = peer.read_frame();
        peer.send_text(R"({"type":"exit","exit_code":130,"signal":2})");
    });
    const auto result = run_program(waiting);
    EXPECT_EQ(result.status, 130);
    EXPECT_EQ(control, "\x01{\"type\":\"signal\",\"signal\":\"INT\"}");
}

TEST_F(PotctlStreamsTest, ExecDetachedReturnsAtOnceAndKeepsTheStreamsOpen) {
    std::promise<void> returned;
    bool alive = false;
    serve_exec([&](FakePeer& peer, const FakeRequest&) {
        peer.send_text(started);
        returned.get_future().wait();
        peer.send_frame(2,
                        "\x01"
                        "to nobody");
        peer.send_frame(9, "x");
        alive = peer.read_frame() == "\x0Ax";
        peer.send_text(exited(0));
    });
    const auto result = potctl({"exec", "-d", "-p", "a", "--", "sleep", "1"});
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_THAT(result.out, IsEmpty());
    returned.set_value();
    potd_.finish();
    EXPECT_TRUE(alive);
}

TEST_F(PotctlStreamsTest, ALostDaemonEndsExecWithFive) {
    serve_exec([](FakePeer& peer, const FakeRequest&) {
        peer.send_text(started);
        peer.hang_up();
    });
    EXPECT_EQ(potctl({"exec", "a", "sleep", "1"}).status, 5);
}

class PotctlRunTest : public PotctlStreamsTest {
  protected:
    void SetUp() override {
        potd_.answer("POST /v1/pots", 201, pot("job", "created"));
        potd_.answer("POST /v1/pots/job/start", 200, pot("job", "running"));
        potd_.answer("GET /v1/pots/job/wait?for=stopped", 200, run(7));
        potd_.answer("DELETE /v1/pots/job?force=true", 204, "");
        serve_console([](FakePeer& peer) { peer.send_text(exited(7)); });
    }
    void serve_console(std::function<void(FakePeer&)> talk, const std::string& more = {}) {
        potd_.handle("GET /v1/pots/job/attach?lossless=true" + more,
                     [talk = std::move(talk)](FakePeer& peer, const FakeRequest& request) {
                         peer.accept_websocket(request);
                         talk(peer);
                     });
    }
    [[nodiscard]] std::size_t place_of(const std::string& line) const {
        const auto lines = potd_.lines();
        return static_cast<std::size_t>(std::find(lines.begin(), lines.end(), line) - lines.begin());
    }
};

TEST_F(PotctlRunTest, ShowsBothStreamsAndExitsWithTheStatus) {
    serve_console([](FakePeer& peer) {
        peer.send_text(started);
        peer.send_frame(2, std::string("\x01"
                                       "o\0t\xff",
                                       5));
        peer.send_frame(2,
                        "\x02"
                        "err\n");
        peer.send_text(exited(7));
    });
    const auto result = potctl({"run", "--rm", "--name", "job", "-b", "host", "--", "sh", "-c", "exit 7"});
    EXPECT_EQ(result.status, 7);
    EXPECT_EQ(result.out, std::string("o\0t\xff", 4));
    EXPECT_EQ(result.err, "err\n");
    EXPECT_EQ(potd_.body_of("POST /v1/pots"),
              R"({"base":"host","command":["sh","-c","exit 7"],"name":"job","remove_on_exit":true})");
    EXPECT_THAT(potd_.lines(), Not(Contains("DELETE /v1/pots/job?force=true")));
}

TEST_F(PotctlRunTest, JoinsTheConsoleBeforeTheStart) {
    EXPECT_EQ(potctl({"run", "--name", "job", "-b", "host", "true"}).status, 7);
    EXPECT_LT(place_of("GET /v1/pots/job/attach?lossless=true"), place_of("POST /v1/pots/job/start"));
}

TEST_F(PotctlRunTest, ReturnsWhenThePotIsCleanedUp) {
    std::promise<void> told;
    serve_console([&](FakePeer& peer) {
        peer.send_text(exited(7));
        told.set_value();
    });
    potd_.handle("GET /v1/pots/job/wait?for=stopped", [&](FakePeer& peer, const FakeRequest&) {
        told.get_future().wait();
        const std::string body = run(7);
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    });
    EXPECT_EQ(potctl({"run", "--name", "job", "-b", "host", "true"}).status, 7);
}

TEST_F(PotctlRunTest, WithoutARecordTheConsolesWordCounts) {
    potd_.answer("GET /v1/pots/job/wait?for=stopped", 404, problem(404, "not_found", "gone"));
    EXPECT_EQ(potctl({"run", "--rm", "--name", "job", "-b", "host", "true"}).status, 7);
}

TEST_F(PotctlRunTest, DetachedPrintsTheNameAndLeavesTheRestToPotd) {
    const auto result = potctl({"run", "-d", "--rm", "--name=job", "-b", "host", "sleep", "-x"});
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_EQ(result.out, "job\n");
    EXPECT_EQ(potd_.body_of("POST /v1/pots"),
              R"({"base":"host","command":["sleep","-x"],"name":"job","remove_on_exit":true})");
    EXPECT_THAT(potd_.lines(), Not(Contains("DELETE /v1/pots/job?force=true")));
}

TEST_F(PotctlRunTest, MakesUpANameWithoutOne) {
    potd_.answer("POST /v1/pots", 409, problem(409, "conflict", "taken"));
    EXPECT_EQ(potctl({"run", "-b", "host", "true"}).status, 4);
    EXPECT_THAT(potd_.body_of("POST /v1/pots"), HasSubstr(R"("name":"run-)"));
}

TEST_F(PotctlRunTest, AFailedStartTakesThePotAway) {
    const auto status_of = [&](const std::string& code) {
        potd_.answer("POST /v1/pots/job/start", 422, problem(422, code, "no such command: x", "command"));
        const auto result = potctl({"run", "--rm", "--name", "job", "-b", "host", "x"});
        EXPECT_EQ(result.err, "potctl: run: no such command: x\n");
        // Not the last line: the wait has a connection of its own, which the fake may hear of later.
        EXPECT_THAT(potd_.lines(), Contains("DELETE /v1/pots/job?force=true"));
        return result.status;
    };
    EXPECT_EQ(status_of("command_not_found"), 127);
    EXPECT_EQ(status_of("command_not_executable"), 126);
    EXPECT_EQ(status_of("invalid_argument"), 1);
}

TEST_F(PotctlRunTest, WantsABase) {
    const auto result = potctl({"run", "--", "true"});
    EXPECT_EQ(result.status, 2);
    EXPECT_THAT(result.err, HasSubstr("-b host"));
}

TEST_F(PotctlRunTest, HandsInputAndItsEndToTheCommand) {
    std::string typed, end;
    serve_console(
        [&](FakePeer& peer) {
            typed = peer.read_frame();
            end = peer.read_frame();
            peer.send_frame(2,
                            "\x01"
                            "got it\n");
            peer.send_text(exited(7));
        },
        "&owns_input=true");
    const auto result = potctl({"run", "-i", "--name", "job", "-b", "host", "cat"}, "hello");
    EXPECT_EQ(result.status, 7) << result.err;
    EXPECT_EQ(result.out, "got it\n");
    EXPECT_EQ(typed, std::string("\x02\0hello", 7));
    EXPECT_EQ(end, "\x01{\"type\":\"eof\"}");
    EXPECT_THAT(potd_.body_of("POST /v1/pots"), HasSubstr(R"("open_stdin":true)"));
}

TEST_F(PotctlRunTest, ForwardsSignalsToThePot) {
    auto waiting = call({"run", "--name", "job", "-b", "host", "sleep", "inf"});
    pid_t pid = 0;
    waiting.started = [&](pid_t child, int) { pid = child; };
    std::promise<std::string> signal;
    potd_.handle("POST /v1/pots/job/kill", [&](FakePeer& peer, const FakeRequest& request) {
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
        signal.set_value(request.body);
    });
    std::string told;
    serve_console([&](FakePeer& peer) {
        ::kill(pid, SIGTERM);
        told = signal.get_future().get();
        peer.send_text(exited(7));
    });
    EXPECT_EQ(run_program(waiting).status, 7);
    EXPECT_EQ(told, R"({"signal":"TERM","target":"main"})");
}

TEST_F(PotctlRunTest, ASignalDuringTheStartReachesThePotAfterIt) {
    auto waiting = call({"run", "--name", "job", "-b", "host", "sleep", "inf"});
    pid_t pid = 0;
    waiting.started = [&](pid_t child, int) { pid = child; };
    potd_.handle("POST /v1/pots/job/start", [&](FakePeer& peer, const FakeRequest&) {
        ::kill(pid, SIGINT);
        const std::string body = pot("job", "running");
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    });
    std::promise<std::string> signal;
    potd_.handle("POST /v1/pots/job/kill", [&](FakePeer& peer, const FakeRequest& request) {
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
        signal.set_value(request.body);
    });
    std::string told;
    serve_console([&](FakePeer& peer) {
        told = signal.get_future().get();
        peer.send_text(exited(7));
    });
    EXPECT_EQ(run_program(waiting).status, 7);
    EXPECT_EQ(told, R"({"signal":"INT","target":"main"})");
}

TEST_F(PotctlRunTest, ALostConsoleIsJoinedAgain) {
    int consoles = 0;
    potd_.answer("GET /v1/pots/job", 200, pot("job", "running"));
    serve_console(
        [&](FakePeer& peer) {
            peer.send_frame(2, ++consoles == 1 ? "\x01"
                                                 "one "
                                               : "\x01"
                                                 "two");
            if (consoles == 1) return peer.hang_up();
            peer.send_text(exited(7));
        },
        "");
    const auto result = potctl({"run", "--name", "job", "-b", "host", "sh"});
    EXPECT_EQ(result.status, 7) << result.err;
    EXPECT_EQ(result.out, "one two");
    EXPECT_THAT(result.err, HasSubstr("potd went away"));
}

TEST_F(PotctlRunTest, ARunThatEndedWithoutPotdIsFoundInTheEvents) {
    potd_.answer("GET /v1/pots/job", 404, problem(404, "not_found", "gone"));
    potd_.answer(
        "GET /v1/events?since=0&type=pot.exited&pot=job", 200,
        list(
            {R"({"number":7,"type":"pot.exited","pot_id":"0123456789ab","pot":"job","run":1,"details":{"exit_code":"9"}})"}));
    serve_console([](FakePeer& peer) { peer.hang_up(); });
    EXPECT_EQ(potctl({"run", "--rm", "--name", "job", "-b", "host", "sh"}).status, 9);
}

TEST_F(PotctlRunTest, NamesAPotThatExistsAsPotDoes) {
    potd_.answer("GET /v1/pots/a", 200, pot("a", "stopped"));
    potd_.answer("POST /v1/pots/a/start", 200, pot("a", "running"));
    serve_exec([](FakePeer& peer, const FakeRequest&) {
        peer.send_text(started);
        peer.send_text(exited(3));
    });
    EXPECT_EQ(potctl({"run", "a"}).status, 3);
    EXPECT_THAT(exec_request_, AllOf(HasSubstr(R"("user":"root")"), Not(HasSubstr("terminal"))));
    EXPECT_THAT(potd_.lines(), Contains("POST /v1/pots/a/start"));
    EXPECT_THAT(potd_.lines(), Not(Contains("POST /v1/pots")));
}

class PotctlEventsTest : public PotctlStreamsTest {};

constexpr const char* event =
    R"({"number":7,"time":"2026-01-31T12:00:00.000Z","type":"pot.exited","pot_id":"0","pot":"a","run":1,"details":{"exit_code":"7"}})";

TEST_F(PotctlEventsTest, PrintsOneDocumentALine) {
    potd_.answer("GET /v1/events?since=0", 200, list({event, event}));
    EXPECT_EQ(potctl({"events", "--since", "0", "--format", "json"}).out,
              std::string(event) + '\n' + event + '\n');
    EXPECT_THAT(potctl({"events", "--since", "0"}).out,
                StartsWith("2026-01-31T12:00:00.000Z  7  pot.exited  a run 1  exit_code=7\n"));
    EXPECT_EQ(potctl({"events", "--since", "yesterday"}).status, 2);
}

TEST_F(PotctlEventsTest, FollowsTheStream) {
    potd_.handle("GET /v1/events?type=pot.&pot=a", [](FakePeer& peer, const FakeRequest& request) {
        EXPECT_THAT(request.head, HasSubstr("Accept: text/event-stream\r\n"));
        peer.begin_chunks("text/event-stream");
        peer.send_chunk(": hello\n\nid: 7\nevent: pot.exited\nda");
        peer.send_chunk("ta: " + std::string(event) + "\n\n");
        peer.end_chunks();
    });
    const auto result = potctl({"events", "-f", "-t", "pot.", "-p", "a", "--format=json"});
    EXPECT_EQ(result.out, std::string(event) + '\n');
    EXPECT_EQ(result.status, 5);
}

TEST_F(PotctlEventsTest, SaysWhenEventsAreMissing) {
    const std::string reset =
        R"({"type":"events.reset","reason":"not_kept","since":"3.9","resume":"6.9","first":7})";
    potd_.handle("GET /v1/events?since=3.9", [&](FakePeer& peer, const FakeRequest&) {
        peer.begin_chunks("text/event-stream");
        peer.send_chunk("id: 6.9\nevent: events.reset\ndata: " + reset + "\n\n");
        peer.send_chunk("id: 7.9\nevent: pot.exited\ndata: " + std::string(event) + "\n\n");
        peer.end_chunks();
    });
    const auto table = potctl({"events", "-f", "--since", "3.9"});
    EXPECT_THAT(table.err, HasSubstr("potctl: events behind 3.9 are not kept any more\n"));
    EXPECT_THAT(table.out, StartsWith("2026-01-31T12:00:00.000Z  7  pot.exited"));
    EXPECT_EQ(potctl({"events", "-f", "--since", "3.9", "--format=json"}).out, reset + '\n' + event + '\n');
    EXPECT_EQ(potctl({"events", "--since", "3."}).status, 2);
}

TEST_F(PotctlEventsTest, APageThatIsGoneIsNotFound) {
    potd_.answer("GET /v1/events?since=3", 410,
                 R"({"type":"about:blank","title":"Gone","status":410,"code":"events_not_kept",)"
                 R"("detail":"since: events behind 3 are not kept any more, the first that is kept is 7"})");
    const auto result = potctl({"events", "--since", "3"});
    EXPECT_EQ(result.status, 3);
    EXPECT_THAT(result.err, HasSubstr("the first that is kept is 7"));
}

}  // namespace
}  // namespace potd::test
