#include "tests/unit/api/http_fixture.hpp"

#include <optional>
#include <random>
#include <stdexcept>

#include <gmock/gmock.h>
#include <sys/stat.h>

namespace potd::test {
namespace {

using api::Exchange;
using api::json_type;
using api::Later;
using api::Method;
using ::testing::HasSubstr;

/// Hands out what the test gives it.
class HandSource : public api::BodySource {
  public:
    struct Hand {
        Ready ready;
        bool gone = false;
    };
    HandSource(std::shared_ptr<Hand> hand, bool endless) : hand_(std::move(hand)), endless_(endless) {}
    ~HandSource() override { hand_->gone = true; }
    void next(Ready ready) override { hand_->ready = std::move(ready); }
    [[nodiscard]] bool endless() const override { return endless_; }

  private:
    std::shared_ptr<Hand> hand_;
    bool endless_;
};

class Notes : public api::RequestLog {
  public:
    void answered(const api::RequestRecord& record) override {
        lines.push_back(std::string(record.method) + " " + std::string(record.path) + " " +
                        std::to_string(record.status));
        ids.emplace_back(record.id);
        uid = record.peer.uid;
    }
    void crashed(const api::RequestRecord& record, std::string_view what) override {
        lines.push_back(std::string(record.path) + " crashed: " + std::string(what));
    }
    std::vector<std::string> lines;
    std::vector<std::string> ids;
    std::int64_t uid = -1;
};

class ServerTest : public ::testing::Test {
  protected:
    ServerTest() {
        add(Method::Get, "/hello", [](Exchange& e) { e.answer({200, json_type, R"("hello")", {}, {}}); });
        add(Method::Post, "/echo", [](Exchange& e) { e.answer({200, json_type, e.request().body, {}, {}}); });
        add(Method::Get, "/name/{name}", [](Exchange& e) {
            e.answer({200, json_type, e.parameter(0), {}, {}});
        });
        add(Method::Get, "/big", [this](Exchange& e) { e.answer({200, json_type, {}, big, {}}); });
        add(Method::Get, "/throw", [](Exchange&) { throw std::runtime_error("a bug"); });
        add(Method::Get, "/silent", [](Exchange&) {});
        add(Method::Get, "/dropped", [](Exchange& e) { static_cast<void>(e.later()); });
        add(Method::Get, "/later", [this](Exchange& e) {
            later = e.later();
            later->on_cancel([this] { cancelled = true; });
        });
        add(Method::Get, "/wait", [this](Exchange& e) {
            later = e.later();
            later->set_passive();
            later->on_cancel([this] { cancelled = true; });
        });
        add(Method::Get, "/stream",
            [this](Exchange& e) { e.stream(api::text_type, std::make_unique<HandSource>(hand, true)); });
    }
    void add(Method method, std::string pattern, std::function<void(Exchange&)> handler) {
        router.add({method,
                    std::move(pattern),
                    {core::Role::Viewer, api::Reach::Common},
                    {},
                    {json_type},
                    {},
                    std::move(handler)});
    }
    HttpFixture& start(const api::Limits& limits = {}) {
        http.emplace(router, limits, &notes);
        const auto listening = http->listen();
        EXPECT_TRUE(listening.ok());
        return *http;
    }
    /// The server takes a request that is not answered yet.
    void send_and_wait_for(RawClient& client, const std::string& request,
                           const std::function<bool()>& taken) {
        client.send(request);
        ASSERT_TRUE(http->run_until(client, taken));
    }

    api::Router router{api::Router::unguarded()};
    Notes notes;
    std::shared_ptr<const std::string> big = std::make_shared<const std::string>(3'000'000, 'b');
    std::shared_ptr<HandSource::Hand> hand = std::make_shared<HandSource::Hand>();
    std::optional<HttpFixture> http;
    std::optional<Later> later;  // after http: it refers to a connection of it
    bool cancelled = false;
};

TEST_F(ServerTest, AnswersAndKeepsTheConnection) {
    start();
    const auto client = http->connect();
    for (int i = 0; i < 3; ++i) {
        const ParsedAnswer answer = http->ask(*client, get("/hello"));
        EXPECT_EQ(answer.status, 200);
        EXPECT_EQ(answer.body, "\"hello\"");
        EXPECT_EQ(answer.header("Content-Type"), "application/json");
        EXPECT_EQ(answer.header("Date"), "Tue, 14 Nov 2023 22:13:20 GMT");
    }
    EXPECT_FALSE(client->ended);
}

TEST_F(ServerTest, ClosesWhenAsked) {
    start();
    const auto client = http->connect();
    EXPECT_EQ(http->ask(*client, get("/hello", "Connection: close\r\n")).header("Connection"), "close");
    EXPECT_TRUE(http->run_until(*client, [&] { return client->ended; }));
}

TEST_F(ServerTest, SpeaksHttp10) {
    start();
    const auto client = http->connect();
    EXPECT_EQ(http->ask(*client, "GET /hello HTTP/1.0\r\n\r\n").body, "\"hello\"");
    EXPECT_TRUE(http->run_until(*client, [&] { return client->ended; }));
}

TEST_F(ServerTest, AnswersPipelinedRequestsInOrder) {
    start();
    const auto client = http->connect();
    std::string requests;
    for (int i = 0; i < 500; ++i) requests += get("/name/n" + std::to_string(i));
    std::size_t sent = 0;  // a socket's buffer may be smaller than that
    int next = 0;
    ASSERT_TRUE(http->run_until(*client, [&] {
        sent += client->send(std::string_view(requests).substr(sent));
        while (HttpFixture::is_whole(client->received)) {
            ParsedAnswer answer = parse_answer(client->received);
            EXPECT_EQ(answer.body, "n" + std::to_string(next++));
            client->received = std::move(answer.rest);
        }
        return next == 500;
    }));
}

TEST_F(ServerTest, AnswersWhatIsPipelinedBehindALateAnswer) {
    start();
    const auto client = http->connect();
    send_and_wait_for(*client, get("/later") + get("/hello"), [&] { return later.has_value(); });
    EXPECT_EQ(client->received, "");
    later->answer({200, json_type, "1", {}, {}});
    ASSERT_TRUE(http->run_until(*client, [&] { return client->received.ends_with("\"hello\""); }));
    EXPECT_EQ(parse_answer(client->received).body, "1");
}

TEST_F(ServerTest, PutsARequestTogetherFromSingleBytes) {
    start();
    const auto client = http->connect();
    for (const char byte : with_body("POST", "/echo", R"({"a":1})")) {
        client->send({&byte, 1});
        http->context.restart();
        http->context.poll();
    }
    ASSERT_TRUE(http->run_until(*client, [&] { return HttpFixture::is_whole(client->received); }));
    EXPECT_EQ(parse_answer(client->received).body, R"({"a":1})");
}

TEST_F(ServerTest, TakesABodyLargerThanItsBuffer) {
    start();
    const auto client = http->connect();
    const std::string body(1'000'000, 'x');
    const std::string request = with_body("POST", "/echo", body);
    std::size_t sent = 0;
    ASSERT_TRUE(http->run_until(*client, [&] {
        sent += client->send(std::string_view(request).substr(sent));
        return HttpFixture::is_whole(client->received);
    }));
    EXPECT_EQ(parse_answer(client->received).body, body);
}

TEST_F(ServerTest, TakesAChunkedBody) {
    start();
    const ParsedAnswer answer = http->ask(
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: "
        "chunked\r\n\r\n"
        "1\r\n[\r\n3\r\n1,2\r\n1\r\n]\r\n0\r\n\r\n");
    EXPECT_EQ(answer.body, "[1,2]");
}

TEST_F(ServerTest, SendsContinueToWhomWaitsForIt) {
    start();
    const auto client = http->connect();
    const std::string request =
        with_body("POST", "/echo", "[1]", "application/json", "Expect: 100-continue\r\n");
    client->send(request.substr(0, request.size() - 3));
    ASSERT_TRUE(http->run_until(*client, [&] { return !client->received.empty(); }));
    EXPECT_EQ(client->received, "HTTP/1.1 100 Continue\r\n\r\n");
    EXPECT_EQ(http->ask(*client, "[1]").body, "[1]");
}

TEST_F(ServerTest, SendsALargeAnswerToASlowReader) {
    start();
    const ParsedAnswer answer = http->ask(get("/big"));
    EXPECT_TRUE(answer.body == *big);
}

TEST_F(ServerTest, HeadHasTheLengthAndNoBody) {
    start();
    const auto client = http->connect();
    client->send("HEAD /hello HTTP/1.1\r\nHost: x\r\n\r\n");
    ASSERT_TRUE(http->run_until(*client, [&] { return client->received.ends_with("\r\n\r\n"); }));
    EXPECT_EQ(parse_answer(client->received).header("Content-Length"), "7");
}

TEST_F(ServerTest, ABugIsStatus500AndNotTheEnd) {
    start();
    const auto client = http->connect();
    const ParsedAnswer answer = http->ask(*client, get("/throw"));
    EXPECT_EQ(answer.status, 500);
    EXPECT_THAT(answer.body, HasSubstr("\"internal\""));
    EXPECT_THAT(notes.lines, ::testing::Contains("/throw crashed: a bug"));
    EXPECT_EQ(http->ask(*client, get("/hello")).status, 200);
}

TEST_F(ServerTest, NoRequestStaysWithoutAnAnswer) {
    start();
    EXPECT_EQ(http->ask(get("/silent")).status, 500);
    EXPECT_EQ(http->ask(get("/dropped")).status, 500);
}

TEST_F(ServerTest, EchoesAUsableRequestIdAndMakesOneElse) {
    start();
    EXPECT_EQ(http->ask(get("/hello", "X-Request-Id: abc-1\r\n")).header("X-Request-Id"), "abc-1");
    EXPECT_EQ(http->ask(get("/hello", "X-Request-Id: a b\r\n")).header("X-Request-Id").size(), 16U);
    EXPECT_EQ(notes.ids.front(), "abc-1");
}

TEST_F(ServerTest, TellsTheLogWhoAskedForWhat) {
    start();
    http->ask(get("/hello"));
    http->ask(get("/nothing?x"));
    EXPECT_THAT(notes.lines, ::testing::ElementsAre("GET /hello 200", "GET /nothing 404"));
    EXPECT_EQ(notes.uid, static_cast<std::int64_t>(::getuid()));
}

TEST_F(ServerTest, RefusesALongBodyUnread) {
    start();
    const ParsedAnswer answer =
        http->ask("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 104857600\r\n\r\n");
    EXPECT_EQ(answer.status, 413);
    EXPECT_THAT(answer.body, HasSubstr("\"too_large\""));
}

TEST_F(ServerTest, RefusesALongBodyThatIsSentAllTheSame) {
    start();
    const auto client = http->connect();
    client->send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 20000000\r\n\r\n");
    const std::string piece(100'000, 'x');
    std::size_t sent = 0;
    ASSERT_TRUE(http->run_until(*client, [&] {
        if (sent < 20'000'000) sent += client->send(piece);
        return sent >= 20'000'000;
    }));
    EXPECT_EQ(parse_answer(client->received).status, 413);
}

TEST_F(ServerTest, RefusesALongHead) {
    start();
    const auto client = http->connect();
    const std::string line = "X-Long: " + std::string(1000, 'a') + "\r\n";
    client->send("GET /hello HTTP/1.1\r\nHost: x\r\n");
    ASSERT_TRUE(http->run_until(*client, [&] {
        client->send(line);
        return !client->received.empty();
    }));
    EXPECT_EQ(parse_answer(client->received).status, 431);
}

TEST_F(ServerTest, RefusesConnectionsBeyondItsLimit) {
    api::Limits limits;
    limits.connections = 2;
    start(limits);
    const auto first = http->connect();
    const auto second = http->connect();
    EXPECT_EQ(http->ask(*first, get("/hello")).status, 200);
    EXPECT_EQ(http->ask(*second, get("/hello")).status, 200);
    const auto third = http->connect();
    ASSERT_TRUE(http->run_until(*third, [&] { return third->ended; }));
    EXPECT_EQ(parse_answer(third->received).status, 503);
    first->hang_up();
    EXPECT_TRUE(http->run_until(*second, [&] { return http->server->connections() == 2; }));
}

TEST_F(ServerTest, AnswersARequestThatNeverEndsWith408) {
    start();
    const auto client = http->connect();
    client->send("GET /hello HTTP/1.1\r\nHost: x\r\nX-Slow");
    ASSERT_TRUE(http->run_until(*client, [&] { return http->server->connections() == 1; }));
    http->run_until(*client, [&, rounds = 0]() mutable { return ++rounds == 10; });
    http->timers.advance(core::milliseconds(20'000));
    ASSERT_TRUE(http->run_until(*client, [&] { return client->ended; }));
    EXPECT_EQ(parse_answer(client->received).status, 408);
}

TEST_F(ServerTest, ClosesAnIdleConnectionInSilence) {
    start();
    const auto client = http->connect();
    http->ask(*client, get("/hello"));
    client->received.clear();
    http->timers.advance(core::milliseconds(80'000));
    http->run_until(*client, [&, rounds = 0]() mutable { return ++rounds == 10; });
    EXPECT_FALSE(client->ended);
    http->timers.advance(core::milliseconds(20'000));
    ASSERT_TRUE(http->run_until(*client, [&] { return client->ended; }));
    EXPECT_EQ(client->received, "");
    EXPECT_EQ(http->timers.armed(), 0U) << "an idle server has no timer";
}

TEST_F(ServerTest, AClientThatVanishesCancelsItsRequest) {
    start();
    const auto client = http->connect();
    send_and_wait_for(*client, get("/later"), [&] { return later.has_value(); });
    client->hang_up();
    const auto other = http->connect();
    EXPECT_TRUE(http->run_until(*other, [&] { return cancelled; }));
    later->answer({200, json_type, "too late", {}, {}});
}

TEST_F(ServerTest, AClientThatOnlyStoppedSendingGetsItsAnswer) {
    start();
    const auto client = http->connect();
    send_and_wait_for(*client, get("/later"), [&] { return later.has_value(); });
    client->stop_sending();
    http->run_until(*client, [&, rounds = 0]() mutable { return ++rounds == 10; });
    EXPECT_FALSE(cancelled);
    later->answer({200, json_type, "1", {}, {}});
    ASSERT_TRUE(http->run_until(*client, [&] { return client->ended; }));
    EXPECT_EQ(parse_answer(client->received).body, "1");
}

TEST_F(ServerTest, StreamsPiecesAsTheyCome) {
    start();
    const auto client = http->connect();
    send_and_wait_for(*client, get("/stream"), [&] { return static_cast<bool>(hand->ready); });
    std::exchange(hand->ready, nullptr)(std::optional<std::string>("one\n"));
    ASSERT_TRUE(http->run_until(*client, [&] { return client->received.ends_with("4\r\none\n\r\n"); }));
    ASSERT_TRUE(hand->ready) << "the next piece is asked for once this one is sent";
    std::exchange(hand->ready, nullptr)(std::optional<std::string>());
    ASSERT_TRUE(http->run_until(*client, [&] { return client->received.ends_with("0\r\n\r\n"); }));
    EXPECT_EQ(parse_answer(client->received).body, "one\n");
    EXPECT_EQ(http->ask(*client, get("/hello")).status, 200);
}

TEST_F(ServerTest, DoesNotPullWhileTheReaderIsSlow) {
    start();
    RawClient reader(http->path());
    reader.send(get("/stream"));
    const auto idle = http->connect();
    ASSERT_TRUE(http->run_until(*idle, [&] { return static_cast<bool>(hand->ready); }));
    std::exchange(hand->ready, nullptr)(std::optional<std::string>(std::string(4'000'000, 'x')));
    http->run_until(*idle, [&, rounds = 0]() mutable { return ++rounds == 50; });
    EXPECT_FALSE(hand->ready) << "nothing is pulled while the last piece is not sent";
    ASSERT_TRUE(http->run_until(reader, [&] { return reader.received.size() > 4'000'000; }));
    EXPECT_TRUE(http->run_until(reader, [&] { return static_cast<bool>(hand->ready); }));
}

TEST_F(ServerTest, CutsABrokenStreamOff) {
    start();
    const auto client = http->connect();
    send_and_wait_for(*client, get("/stream"), [&] { return static_cast<bool>(hand->ready); });
    std::exchange(hand->ready, nullptr)(core::error(core::ErrorKind::Internal, "disk"));
    ASSERT_TRUE(http->run_until(*client, [&] { return client->ended; }));
    EXPECT_FALSE(client->received.ends_with("0\r\n\r\n"));
    EXPECT_TRUE(hand->gone);
}

TEST_F(ServerTest, AVanishedReaderEndsItsStream) {
    start();
    const auto client = http->connect();
    send_and_wait_for(*client, get("/stream"), [&] { return static_cast<bool>(hand->ready); });
    client->hang_up();
    const auto other = http->connect();
    EXPECT_TRUE(http->run_until(*other, [&] { return hand->gone; }));
}

TEST_F(ServerTest, ShutdownFinishesWhatRunsAndEndsTheRest) {
    start();
    const auto idle = http->connect();
    http->ask(*idle, get("/hello"));
    const auto streaming = http->connect();
    send_and_wait_for(*streaming, get("/stream"), [&] { return static_cast<bool>(hand->ready); });
    const auto busy = http->connect();
    send_and_wait_for(*busy, get("/later"), [&] { return later.has_value(); });
    bool done = false;
    http->server->shut_down([&] { done = true; });
    ASSERT_TRUE(http->run_until(*idle, [&] { return idle->ended; }));
    ASSERT_TRUE(http->run_until(*streaming, [&] { return streaming->ended; }));
    EXPECT_TRUE(streaming->received.ends_with("0\r\n\r\n"));
    EXPECT_FALSE(done);
    later->answer({200, json_type, "1", {}, {}});
    ASSERT_TRUE(http->run_until(*busy, [&] { return busy->ended && done; }));
    EXPECT_EQ(parse_answer(busy->received).body, "1");
    EXPECT_FALSE(RawClient(http->path()).connected);
}

TEST_F(ServerTest, ShutdownAnswersAWaitWith503) {
    start();
    const auto client = http->connect();
    send_and_wait_for(*client, get("/wait"), [&] { return later.has_value(); });
    bool done = false;
    http->server->shut_down([&] { done = true; });
    ASSERT_TRUE(http->run_until(*client, [&] { return client->ended && done; }));
    EXPECT_EQ(parse_answer(client->received).status, 503);
    EXPECT_TRUE(cancelled);
}

TEST_F(ServerTest, ShutdownDoesNotWaitForEver) {
    start();
    const auto client = http->connect();
    send_and_wait_for(*client, get("/later"), [&] { return later.has_value(); });
    bool done = false;
    http->server->shut_down([&] { done = true; });
    http->timers.advance(core::milliseconds(10'000));
    EXPECT_TRUE(http->run_until(*client, [&] { return client->ended && done; }));
}

TEST_F(ServerTest, TheSocketHasItsRightsAndGoesWithTheServer) {
    start();
    struct stat found {};
    ASSERT_EQ(::stat(http->path().c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 07777U, 0600U);
    http->server.reset();
    EXPECT_NE(::stat(http->path().c_str(), &found), 0);
}

TEST_F(ServerTest, RefusesTheSocketOfALiveServerAndReplacesADeadOnes) {
    start();
    HttpFixture other(router);
    const auto taken = other.server->listen({http->path(), 0600, {}});
    ASSERT_FALSE(taken.ok());
    EXPECT_EQ(taken.error().kind, core::ErrorKind::Conflict);
    {
        const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        other.path().copy(address.sun_path, sizeof address.sun_path - 1);
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the socket API's own way
        ASSERT_EQ(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
        ::close(fd);
    }
    EXPECT_TRUE(other.listen().ok());
    EXPECT_EQ(other.ask(get("/hello")).status, 200);
}

TEST_F(ServerTest, SaysWhyItCannotListen) {
    HttpFixture server(router);
    const auto missing = server.server->listen({server.directory / "no" / "sock", 0600, {}});
    ASSERT_FALSE(missing.ok());
    EXPECT_EQ(missing.error().kind, core::ErrorKind::NotFound);
    write_file(server.path(), "a file");
    EXPECT_FALSE(server.listen().ok());
    EXPECT_EQ(read_file(server.path()), "a file");
    EXPECT_FALSE(server.server->listen({std::string(200, 'x'), 0600, {}}).ok());
}

TEST_F(ServerTest, SurvivesRandomBytes) {
    start();
    std::mt19937 random(7);  // NOLINT(cert-msc51-cpp): the same bytes each time
    const std::string seed =
        get("/hello") + with_body("POST", "/echo", R"({"a":[1,2]})") +
        "GET /name/%41 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n";
    for (int round = 0; round < 400; ++round) {
        std::string bytes = seed;
        for (int change = 0; change < 1 + round % 40; ++change) {
            bytes[random() % bytes.size()] = static_cast<char>(random());
        }
        const auto client = http->connect();
        client->send(bytes.substr(0, 1 + random() % bytes.size()));
        http->run_until(*client, [&, rounds = 0]() mutable { return client->ended || ++rounds == 3; });
    }
    EXPECT_EQ(http->ask(get("/hello")).status, 200);
}

}  // namespace
}  // namespace potd::test
