// The WebSocket of exec and attach, from the client's bytes to the session and back.
#include "api/http/problem.hpp"
#include "tests/support/api_services.hpp"
#include "tests/unit/api/http_fixture.hpp"

#include <array>
#include <cerrno>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace potd::test {

using Json = nlohmann::json;

namespace {

struct Frame {
    int opcode = 0;
    std::string payload;
};

/// RFC 6455 5.2, as a client sends it: masked, here with zeros.
std::string client_frame(int opcode, std::string_view payload) {
    std::string frame(1, static_cast<char>(0x80 | opcode));
    if (payload.size() < 126) {
        frame += static_cast<char>(0x80 | payload.size());
    } else {
        frame += static_cast<char>(0x80 | 127);
        for (int shift = 56; shift >= 0; shift -= 8) frame += static_cast<char>(payload.size() >> shift);
    }
    return frame + std::string(4, '\0') + std::string(payload);
}

constexpr int text_frame = 1;
constexpr int binary_frame = 2;
constexpr int close_frame = 8;

class ExecSocketTest : public ::testing::Test {
  protected:
    ExecSocketTest() {
        http.also = [this] {
            services.heart.loop.run();
            services.heart.timers.fire_due();
        };
        EXPECT_TRUE(http.listen().ok());
        create("a");
    }
    void create(const std::string& name) { EXPECT_TRUE(services.heart.create(name)->ok()); }

    void open(const std::string& path) {
        client = http.connect();
        client->send(get(path,
                         "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                         "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
                             credentials));
        ASSERT_TRUE(
            http.run_until(*client, [&] { return client->received.find("\r\n\r\n") != std::string::npos; }));
        const ParsedAnswer answer = parse_answer(client->received);
        ASSERT_EQ(answer.status, 101) << client->received;
        EXPECT_EQ(answer.header("Sec-WebSocket-Accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        client->received.erase(0, client->received.find("\r\n\r\n") + 4);
    }
    void open_exec(
        const std::string& request = R"({"command":["sh"],"terminal":true,"rows":30,"columns":100})") {
        EXPECT_TRUE(services.heart.start("a")->ok());
        open("/v1/pots/a/exec");
        client->send(client_frame(text_frame, request));
    }
    [[nodiscard]] bool has_frame() const { return size_of_frame() != 0; }
    [[nodiscard]] std::size_t size_of_frame() const {
        const std::string& bytes = client->received;
        const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); };
        if (bytes.size() < 2) return 0;
        std::size_t head = 2;
        std::uint64_t length = byte(1);
        const std::size_t extra = length == 126 ? 2 : length == 127 ? 8 : 0;
        if (bytes.size() < head + extra) return 0;
        if (extra > 0) length = 0;
        for (std::size_t i = 0; i < extra; ++i) length = length << 8U | byte(head++);
        return bytes.size() < head + length ? 0 : head + length;
    }
    Frame next_frame() {
        EXPECT_TRUE(http.run_until(*client, [&] { return has_frame() || client->ended; }));
        const std::size_t size = size_of_frame();
        if (size == 0) return {};
        const std::string frame = client->received.substr(0, size);
        client->received.erase(0, size);
        const auto length = static_cast<std::uint8_t>(frame[1]);
        return {frame[0] & 0x0F, frame.substr(length < 126 ? 2U : length == 126 ? 4U : 10U)};
    }
    Json next_text() {
        const Frame frame = next_frame();
        EXPECT_EQ(frame.opcode, text_frame) << frame.payload;
        return Json::parse(frame.payload, nullptr, false);
    }
    /// The same frame again and again, while nothing is read, until nobody takes any more. What is left of
    /// the last one.
    std::string send_until_full(const std::string& frame) {
        constexpr std::size_t most = 16U << 20U;
        constexpr int rounds = 50;
        std::string many;
        while (many.size() < 64U << 10U) many += frame;
        std::size_t all = 0;
        for (int full = 0; full < rounds;) {
            const std::size_t at = all % many.size();
            const std::size_t sent = client->send(std::string_view(many).substr(at));
            full = sent == 0 ? full + 1 : 0;
            all += sent;
            EXPECT_LT(all, most) << "all of it is kept somewhere";
            if (all >= most) break;
            http.context.restart();
            http.context.poll();
            services.heart.loop.run();
        }
        return frame.substr(all % frame.size());
    }
    fakes::FakeSession::State& session() { return *services.exec.session; }
    bool run_until(const std::function<bool()>& done) { return http.run_until(*client, done); }
    /// From now on whoever opens something has this token.
    void become_token(const std::string& name, std::optional<core::milliseconds> lives = {}) {
        const std::string secret = "potd_" + name;
        core::Token token;
        token.name = name;
        token.grant.role = core::Role::Developer;
        token.hash = services.token_key.hash(secret);
        if (lives) token.expires_at = core::WallTime{services.heart.clock.wall().ms + lives->count()};
        ASSERT_TRUE(
            services.heart.ask<core::Token>([&](auto reply) { services.tokens.create(token, reply); })->ok());
        credentials = "Authorization: Bearer " + secret + "\r\n";
    }
    void revoke(const std::string& name) {
        ASSERT_TRUE(services.heart.ask<void>([&](auto reply) { services.tokens.revoke(name, reply); })->ok());
    }

    std::string credentials;
    fakes::ApiServices services;
    HttpFixture http{services.routes().router()};
    std::unique_ptr<RawClient> client;
};

TEST_F(ExecSocketTest, CarriesTheStreamsAndTheEnd) {
    open_exec();
    EXPECT_EQ(next_text()["type"], "started");
    EXPECT_EQ(services.exec.requests[0].rows, 30);
    client->send(client_frame(binary_frame, std::string("\0input", 6)));
    ASSERT_TRUE(run_until([&] { return session().input == "input"; }));
    session().output(core::Stream::Stdout, "out\xFF");
    session().output(core::Stream::Stderr, "err");
    const Frame out = next_frame();
    EXPECT_EQ(out.opcode, binary_frame);
    EXPECT_EQ(out.payload, "\1out\xFF");
    EXPECT_EQ(next_frame().payload, "\2err");
    session().done({137, 9});
    EXPECT_EQ(next_text(), Json({{"type", "exit"}, {"exit_code", 137}, {"signal", 9}}));
    EXPECT_EQ(next_frame().opcode, close_frame);
    client->send(client_frame(close_frame, "\x03\xE8"));
    ASSERT_TRUE(run_until([&] { return client->ended; }));
    client->hang_up();
    EXPECT_TRUE(run_until([&] { return http.server->connections() == 0; }));
}

TEST_F(ExecSocketTest, ObeysControlMessages) {
    open_exec();
    next_text();
    client->send(client_frame(text_frame, R"({"type":"resize","rows":40,"columns":120})"));
    client->send(client_frame(text_frame, R"({"type":"signal","signal":"INT"})"));
    client->send(client_frame(text_frame, R"({"type":"eof"})"));
    ASSERT_TRUE(run_until([&] { return session().input_closed; }));
    EXPECT_THAT(session().calls, ::testing::ElementsAre("resize 40 120", "signal 2"));
}

TEST_F(ExecSocketTest, SaysWhatIsWrongWithAControlMessageAndGoesOn) {
    open_exec();
    next_text();
    struct Case {
        const char* message;
        int status;
        const char* code;
    };
    for (const auto& [bad, status, code] : {Case{"{", 400, "malformed"}, Case{"{}", 422, "missing_field"},
                                            Case{R"({"type":"eof","type":"eof"})", 422, "duplicate_key"},
                                            Case{R"({"type":"eof","colour":1})", 422, "unknown_field"},
                                            Case{R"({"type":"dance"})", 422, "invalid_argument"},
                                            Case{R"({"type":"resize"})", 422, "invalid_argument"},
                                            Case{R"({"type":"signal"})", 422, "invalid_argument"}}) {
        client->send(client_frame(text_frame, bad));
        const Json problem = next_text();
        EXPECT_EQ(problem["type"], "error") << bad;
        EXPECT_EQ(problem["status"], status) << bad;
        EXPECT_EQ(problem["code"], code) << bad;
        EXPECT_EQ(problem["pot"], "a") << bad;
    }
    client->send(client_frame(text_frame, R"({"type":"eof"})"));
    EXPECT_TRUE(run_until([&] { return session().input_closed; }));
}

TEST_F(ExecSocketTest, ABadRequestEndsItWithTheProblem) {
    open_exec(R"({"command":["x"],"colour":"red"})");
    const Json problem = next_text();
    EXPECT_EQ(problem["type"], "error");
    EXPECT_EQ(problem["field"], "colour");
    EXPECT_EQ(problem["code"], "unknown_field");
    EXPECT_EQ(next_frame().opcode, close_frame);
}

TEST_F(ExecSocketTest, ACommandThatDoesNotExistEndsItWithTheProblem) {
    services.exec.error = core::error(core::ErrorKind::NotFound, "x: no such command");
    open_exec(R"({"command":["x"]})");
    EXPECT_EQ(next_text()["code"], "not_found");
    EXPECT_EQ(next_frame().opcode, close_frame);
}

TEST_F(ExecSocketTest, APotThatDoesNotRunIsRefusedBeforeTheUpgrade) {
    const ParsedAnswer answer =
        http.ask(get("/v1/pots/a/exec", "Upgrade: websocket\r\nSec-WebSocket-Key: x\r\n"));
    EXPECT_EQ(answer.status, 409) << answer.body;
}

TEST_F(ExecSocketTest, AVanishedClientLetsTheSessionGo) {
    open_exec();
    next_text();
    client->hang_up();
    const auto other = http.connect();
    EXPECT_TRUE(http.run_until(*other, [&] { return session().gone; }));
}

TEST_F(ExecSocketTest, EndsWithItsTokenAsIfTheClientHadLeft) {
    become_token("ci");
    open_exec();
    next_text();
    http.timers.advance(core::milliseconds(1000));
    client->send(client_frame(binary_frame, std::string("\0input", 6)));
    ASSERT_TRUE(run_until([&] { return session().input == "input"; }));
    revoke("ci");
    http.timers.advance(core::milliseconds(1000));
    EXPECT_TRUE(run_until([&] { return client->ended && session().gone; }));
    EXPECT_EQ(http.server->connections(), 0U);
}

TEST_F(ExecSocketTest, EndsWhenItsTokenHasExpired) {
    become_token("ci", core::milliseconds(5000));
    open_exec();
    next_text();
    services.heart.clock.advance(core::milliseconds(5000));
    http.timers.advance(core::milliseconds(1000));
    EXPECT_TRUE(run_until([&] { return client->ended && session().gone; }));
}

TEST_F(ExecSocketTest, ASlowClientHoldsTheCommandUp) {
    open_exec();
    next_text();
    const std::string piece(100'000, 'x');
    int sent = 0;
    for (; sent < 100 && !session().held; ++sent) {
        session().output(core::Stream::Stdout, piece);
        http.context.restart();
        http.context.poll();
    }
    EXPECT_TRUE(session().held);
    for (int i = 0; i < sent; ++i) EXPECT_EQ(next_frame().payload.size(), piece.size() + 1);
    EXPECT_TRUE(run_until([&] { return !session().held; }));
}

TEST_F(ExecSocketTest, ACommandThatDoesNotReadHoldsTheClientUp) {
    open_exec();
    next_text();
    session().unwritten = 10'000'000;
    client->send(client_frame(binary_frame, std::string("\0a", 2)));
    ASSERT_TRUE(run_until([&] { return session().input == "a"; }));
    client->send(client_frame(binary_frame, std::string("\0b", 2)) +
                 client_frame(binary_frame, std::string("\0c", 2)));
    run_until([rounds = 0]() mutable { return ++rounds == 50; });
    EXPECT_LE(session().input.size(), 2U) << "at most what was being read already";
    session().unwritten = 0;
    services.heart.timers.advance(core::milliseconds(10));
    EXPECT_TRUE(run_until([&] { return session().input == "abc"; }));
}

TEST_F(ExecSocketTest, WhoDoesNotReadTheAnswersIsNotReadEither) {
    open_exec();
    next_text();
    std::string rest = send_until_full(client_frame(text_frame, "{"));
    rest += client_frame(text_frame, R"({"type":"eof"})");
    EXPECT_TRUE(run_until([&] {
        client->received.clear();
        rest.erase(0, client->send(rest));
        return session().input_closed;
    })) << "who reads again is read again";
}

TEST_F(ExecSocketTest, EmptyInputBeforeTheStartIsBounded) {
    EXPECT_TRUE(services.heart.start("a")->ok());
    open("/v1/pots/a/exec");
    (void)send_until_full(client_frame(binary_frame, std::string(1, '\0')));
}

TEST_F(ExecSocketTest, AttachJoinsTheConsoleOfARunningPot) {
    EXPECT_TRUE(services.heart.start("a")->ok());
    open("/v1/pots/a/attach");
    EXPECT_TRUE(run_until([&] { return !services.heart.exec.attached.empty(); }));
}

TEST_F(ExecSocketTest, AttachSaysWhetherItIsLossless) {
    EXPECT_TRUE(services.heart.start("a")->ok());
    open("/v1/pots/a/attach");
    ASSERT_TRUE(run_until([&] { return services.heart.exec.lossless.size() == 1; }));
    open("/v1/pots/a/attach?lossless=true&owns_input=true");
    ASSERT_TRUE(run_until([&] { return services.heart.exec.lossless.size() == 2; }));
    EXPECT_EQ(services.heart.exec.lossless, (std::vector<bool>{false, true}));
}

TEST(ProblemTest, OfACommandThatCannotBeRunSaysWhetherItIsThere) {
    core::Error refused = core::error(core::ErrorKind::InvalidArgument, "command x");
    refused.field = "command";
    for (const auto& [number, code] :
         {std::pair(ENOENT, "command_not_found"), std::pair(EACCES, "command_not_executable"),
          std::pair(ENOEXEC, "command_not_executable"), std::pair(0, "invalid_argument")}) {
        refused.os_error = number;
        EXPECT_EQ(api::to_problem(refused).code, code);
    }
}

TEST_F(ExecSocketTest, AttachWaitsForTheNextRunAndIsForgottenWithItsClient) {
    open("/v1/pots/a/attach");
    const auto second = http.connect();
    client->hang_up();
    http.run_until(*second, [&] { return http.server->connections() == 1; });
    open("/v1/pots/a/attach");
    EXPECT_TRUE(services.heart.start("a")->ok());
    EXPECT_TRUE(run_until([&] { return services.heart.exec.attached.size() == 1; }));
}

TEST_F(ExecSocketTest, ShutdownSaysGoodbye) {
    open_exec();
    next_text();
    bool done = false;
    http.server->shut_down([&] { done = true; });
    const Frame frame = next_frame();
    EXPECT_EQ(frame.opcode, close_frame);
    EXPECT_EQ(frame.payload.substr(0, 2), "\x03\xE9");
    client->send(client_frame(close_frame, "\x03\xE9"));
    ASSERT_TRUE(run_until([&] { return client->ended; }));
    client->hang_up();
    EXPECT_TRUE(run_until([&] { return done; }));
}

TEST_F(ExecSocketTest, SurvivesFramesThatAreNone) {
    for (const std::string& bytes :
         {std::string(20, '\xFF'), std::string("\x82\x01x"), std::string("GET / HTTP/1.1\r\n\r\n")}) {
        open_exec(R"({"command":["x"]})");
        next_text();
        client->send(bytes);
        EXPECT_TRUE(run_until([&] { return client->ended; }));
        EXPECT_TRUE(services.heart.stop("a")->ok());
    }
}

}  // namespace
}  // namespace potd::test
