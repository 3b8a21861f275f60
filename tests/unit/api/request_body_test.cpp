#include "tests/unit/api/http_fixture.hpp"

#include <optional>

#include <gmock/gmock.h>

namespace potd::test {
namespace {

using api::Exchange;
using api::json_type;
using api::Later;
using api::Method;
using ::testing::HasSubstr;
using BodyPiece = core::Result<std::optional<std::string>>;

/// A route that takes its body as a stream and asks for a piece only when the test says so.
class RequestBodyTest : public ::testing::Test {
  protected:
    RequestBodyTest() {
        api::Route route{Method::Put,
                         "/in",
                         {core::Role::Viewer, api::Reach::Common},
                         {"path"},
                         {"application/x-tar"},
                         {},
                         [this](Exchange& exchange) {
                             body = exchange.body();
                             later = exchange.later();
                             later->on_cancel([this] { cancelled = true; });
                             if (eager) pull();
                         }};
        route.streams_body = true;
        router.add(std::move(route));
        route = {Method::Put,
                 "/refuses",
                 {core::Role::Viewer, api::Reach::Common},
                 {},
                 {},
                 {},
                 [](Exchange& exchange) {
                     exchange.fail(core::error(core::ErrorKind::NotFound, "no such place"));
                 }};
        route.streams_body = true;
        router.add(std::move(route));
        router.add({Method::Get,
                    "/hello",
                    api::Access(core::Role::Viewer, api::Reach::Common),
                    {},
                    {},
                    {},
                    [](Exchange& exchange) {
                        EXPECT_EQ(exchange.body(), nullptr);
                        exchange.answer({200, json_type, "\"hello\"", {}, {}});
                    }});
    }
    HttpFixture& start() {
        api::Limits limits;
        limits.body = 1000;  // must not matter to streams
        http.emplace(router, limits);
        EXPECT_TRUE(http->listen().ok());
        return *http;
    }
    /// Takes one piece; with `eager` then the next, up to the end, which is answered with the length.
    void pull() {
        body->next([this](BodyPiece piece) {
            if (!piece) {
                failure = piece.error();
                return later->fail(piece.error());
            }
            ended = !piece->has_value();
            largest = std::max(largest, ended ? 0 : (*piece)->size());
            if (!ended) taken += **piece;
            if (ended) return later->answer({200, json_type, std::to_string(taken.size()), {}, {}});
            if (eager) pull();
        });
    }
    void turn(RawClient& client, int rounds = 50) {
        http->run_until(client, [&]() mutable { return --rounds == 0; });
    }
    void send_head(RawClient& client, const std::string& headers) {
        client.send("PUT /in HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n");
        ASSERT_TRUE(http->run_until(client, [&] { return later.has_value(); }));
    }
    static std::string noise(std::size_t size) {
        std::string bytes(size, '\0');
        for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 31 + i / 251);
        return bytes;
    }

    bool eager = true;
    api::Router router{api::Router::unguarded()};
    std::optional<HttpFixture> http;
    std::unique_ptr<api::RequestBody> body;
    std::optional<Later> later;
    std::string taken;
    std::size_t largest = 0;
    bool ended = false;
    bool cancelled = false;
    std::optional<core::Error> failure;
};

TEST_F(RequestBodyTest, ALongBodyComesInPiecesWhateverTheLimitOfOthers) {
    start();
    const auto client = http->connect();
    const std::string bytes = noise(5'000'000);
    const std::string request = with_body("PUT", "/in", bytes, "application/x-tar");
    std::size_t sent = 0;
    ASSERT_TRUE(http->run_until(*client, [&] {
        sent += client->send(std::string_view(request).substr(sent));
        return HttpFixture::is_whole(client->received);
    }));
    EXPECT_EQ(parse_answer(client->received).body, "5000000");
    EXPECT_TRUE(taken == bytes);
    EXPECT_LE(largest, 64U * 1024U) << "a piece is never more than the connection's buffer";
}

TEST_F(RequestBodyTest, AChunkedBodyComesWithoutItsFrame) {
    start();
    const auto client = http->connect();
    const std::string request =
        "PUT /in HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        "5;a=b\r\nabcde\r\nA\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n";
    for (const char byte : request) {
        client->send({&byte, 1});
        http->context.restart();
        http->context.poll();
    }
    ASSERT_TRUE(http->run_until(*client, [&] { return HttpFixture::is_whole(client->received); }));
    EXPECT_EQ(taken, "abcde0123456789");
    EXPECT_EQ(http->ask(*client, get("/hello")).status, 200);
}

TEST_F(RequestBodyTest, ABodyMayBeEmpty) {
    start();
    const auto client = http->connect();
    EXPECT_EQ(http->ask(*client, "PUT /in HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n").body, "0");
    EXPECT_TRUE(ended);
    EXPECT_EQ(http->ask(*client, "PUT /in HTTP/1.1\r\nHost: x\r\n\r\n").body, "0");
    const std::string chunked = "PUT /in HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
    EXPECT_EQ(http->ask(*client, chunked + "0\r\n\r\n").body, "0");
}

TEST_F(RequestBodyTest, WhatIsPipelinedBehindIsAnsweredAfterIt) {
    start();
    const auto client = http->connect();
    const std::string one = with_body("PUT", "/in?path=/a", "12345", "application/x-tar");
    client->send(get("/hello") + one + get("/hello") + one + get("/hello"));
    int answers = 0;
    ASSERT_TRUE(http->run_until(*client, [&] {
        while (HttpFixture::is_whole(client->received)) {
            ParsedAnswer answer = parse_answer(client->received);
            EXPECT_EQ(answer.status, 200) << answer.body;
            client->received = std::move(answer.rest);
            ++answers;
        }
        return answers == 5;
    }));
    EXPECT_EQ(taken, "1234512345");
}

TEST_F(RequestBodyTest, NothingMoreIsReadWhileNobodyAsks) {
    eager = false;
    start();
    const auto client = http->connect();
    send_head(*client, "Content-Length: 50000000\r\n");
    const std::string piece(100'000, 'x');
    std::size_t sent = 0;
    int idle = 0;
    ASSERT_TRUE(http->run_until(*client, [&] {
        const std::size_t more = client->send(piece);
        sent += more;
        idle = more == 0 ? idle + 1 : 0;
        return idle == 50;
    })) << "the client is never held up";
    EXPECT_LT(sent, 5'000'000U);
    pull();
    ASSERT_TRUE(http->run_until(*client, [&] { return !taken.empty(); }));
    const std::size_t once = taken.size();
    turn(*client);
    EXPECT_EQ(taken.size(), once) << "one piece for one question";
    eager = true;
    pull();
    ASSERT_TRUE(http->run_until(*client, [&] {
        if (sent < 50'000'000) sent += client->send(std::string_view(piece).substr(0, 50'000'000 - sent));
        return HttpFixture::is_whole(client->received);
    }));
    EXPECT_EQ(parse_answer(client->received).body, "50000000");
}

TEST_F(RequestBodyTest, ContinueIsSaidWhenTheBodyIsAskedForAndNotBefore) {
    eager = false;
    start();
    const auto client = http->connect();
    send_head(*client, "Content-Length: 3\r\nExpect: 100-continue\r\n");
    turn(*client);
    EXPECT_EQ(client->received, "");
    pull();
    ASSERT_TRUE(http->run_until(*client, [&] { return !client->received.empty(); }));
    EXPECT_EQ(client->received, "HTTP/1.1 100 Continue\r\n\r\n");
    client->received.clear();
    client->send("abc");
    ASSERT_TRUE(http->run_until(*client, [&] { return taken == "abc"; }));
    pull();
    ASSERT_TRUE(http->run_until(*client, [&] { return HttpFixture::is_whole(client->received); }));
    EXPECT_EQ(parse_answer(client->received).status, 200);
}

TEST_F(RequestBodyTest, ARefusalComesBeforeTheBodyAndClosesTheConnection) {
    start();
    for (const std::string expect : {"", "Expect: 100-continue\r\n"}) {
        const auto client = http->connect();
        client->send("PUT /refuses HTTP/1.1\r\nHost: x\r\nContent-Length: 104857600\r\n" + expect + "\r\n");
        ASSERT_TRUE(http->run_until(*client, [&] { return client->ended; }));
        EXPECT_EQ(parse_answer(client->received).status, 404);
        EXPECT_EQ(parse_answer(client->received).header("Connection"), "close");
    }
}

TEST_F(RequestBodyTest, ARefusedClientThatKeepsSendingReadsWhy) {
    start();
    const auto client = http->connect();
    client->send("PUT /refuses HTTP/1.1\r\nHost: x\r\nContent-Length: 20000000\r\n\r\n");
    const std::string piece(100'000, 'x');
    std::size_t sent = 0;
    ASSERT_TRUE(http->run_until(*client, [&] {
        if (sent < 20'000'000) sent += client->send(piece);
        return sent >= 20'000'000;
    }));
    EXPECT_EQ(parse_answer(client->received).status, 404);
    http->timers.advance(core::milliseconds(10'000));
    EXPECT_TRUE(http->run_until(*client, [&] { return http->server->connections() == 0; }))
        << "it is not drained for ever";
}

TEST_F(RequestBodyTest, ARefusalOfABodyThatIsThereAlreadyKeepsTheConnection) {
    start();
    const auto client = http->connect();
    EXPECT_EQ(http->ask(*client, with_body("PUT", "/refuses", "12345")).status, 404);
    EXPECT_FALSE(client->ended);
    EXPECT_EQ(http->ask(*client, get("/hello")).status, 200);
}

TEST_F(RequestBodyTest, WhatTheRouterRefusesIsNeverAskedFor) {
    start();
    EXPECT_EQ(http->ask(with_body("PUT", "/in?path=/a", "[]", "application/json")).status, 415);
    EXPECT_EQ(http->ask(with_body("PUT", "/in?bad=1", "x", "application/x-tar")).status, 422);
    EXPECT_EQ(http->ask("PUT /in?bad=1 HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n").status, 422);
    EXPECT_EQ(body, nullptr);
}

TEST_F(RequestBodyTest, AClientThatVanishesIsAnErrorToWhoReads) {
    start();
    const auto client = http->connect();
    send_head(*client, "Content-Length: 100\r\n");
    client->send("only this");
    ASSERT_TRUE(http->run_until(*client, [&] { return taken == "only this"; }));
    client->hang_up();
    const auto other = http->connect();
    ASSERT_TRUE(http->run_until(*other, [&] { return failure.has_value(); }));
    EXPECT_EQ(failure->kind, core::ErrorKind::Cancelled);
    EXPECT_TRUE(cancelled);
    failure.reset();
    pull();
    EXPECT_TRUE(failure) << "also whoever asks when it is gone";
}

TEST_F(RequestBodyTest, ABodyThatStopsShortIsAnErrorWithAnAnswer) {
    start();
    const auto client = http->connect();
    send_head(*client, "Content-Length: 100\r\n");
    client->send("only this");
    client->stop_sending();
    ASSERT_TRUE(http->run_until(*client, [&] { return client->ended; }));
    EXPECT_EQ(taken, "only this");
    EXPECT_EQ(parse_answer(client->received).status, 422);
    EXPECT_THAT(parse_answer(client->received).body, HasSubstr("\"field\":\"body\""));
}

TEST_F(RequestBodyTest, ABrokenFrameIsAnError) {
    start();
    const auto client = http->connect();
    send_head(*client, "Transfer-Encoding: chunked\r\n");
    client->send("3\r\nabc\r\nnot a number\r\n");
    ASSERT_TRUE(http->run_until(*client, [&] { return client->ended; }));
    EXPECT_EQ(taken, "abc");
    EXPECT_EQ(parse_answer(client->received).status, 422);
}

TEST_F(RequestBodyTest, AClientThatStallsIsTold408) {
    start();
    const auto client = http->connect();
    send_head(*client, "Content-Length: 100\r\n");
    client->send("only this");
    ASSERT_TRUE(http->run_until(*client, [&] { return taken == "only this"; }));
    http->timers.advance(core::milliseconds(20'000));
    ASSERT_TRUE(http->run_until(*client, [&] { return client->ended; }));
    EXPECT_EQ(parse_answer(client->received).status, 408);
    EXPECT_EQ(failure->kind, core::ErrorKind::Timeout);
}

TEST_F(RequestBodyTest, AClientThatDripsIsTold408) {
    start();
    const auto client = http->connect();
    send_head(*client, "Content-Length: 100\r\n");
    int seconds = 0;
    for (; seconds < 60 && !failure; seconds += 5) {
        client->send("x");
        turn(*client);
        http->timers.advance(core::milliseconds(5000));
        turn(*client);
    }
    ASSERT_TRUE(http->run_until(*client, [&] { return client->ended; }));
    EXPECT_EQ(parse_answer(client->received).status, 408);
    EXPECT_EQ(seconds, 20);
}

TEST_F(RequestBodyTest, AReaderMayTakeItsTime) {
    eager = false;
    start();
    const auto client = http->connect();
    send_head(*client, "Content-Length: 3\r\n");
    for (int i = 0; i < 5; ++i) {
        http->timers.advance(core::milliseconds(20'000));
        turn(*client);
    }
    EXPECT_FALSE(client->ended);
    client->send("abc");
    eager = true;
    pull();
    ASSERT_TRUE(http->run_until(*client, [&] { return HttpFixture::is_whole(client->received); }));
    EXPECT_EQ(parse_answer(client->received).body, "3");
}

TEST_F(RequestBodyTest, ABodyDroppedUnreadAsksForNothing) {
    eager = false;
    start();
    const auto client = http->connect();
    send_head(*client, "Content-Length: 3\r\n");
    pull();
    body.reset();
    client->send("abc");
    turn(*client);
    EXPECT_EQ(taken, "");
    later->answer({200, json_type, "1", {}, {}});
    ASSERT_TRUE(http->run_until(*client, [&] { return HttpFixture::is_whole(client->received); }));
    EXPECT_EQ(http->ask(*client, get("/hello")).status, 200);
}

TEST_F(RequestBodyTest, ShutdownTellsAReaderThatWaitsLongerThanTheGrace) {
    start();
    const auto client = http->connect();
    send_head(*client, "Content-Length: 3\r\n");
    bool done = false;
    http->server->shut_down([&] { done = true; });
    turn(*client);
    EXPECT_FALSE(done);
    http->timers.advance(core::milliseconds(10'000));
    ASSERT_TRUE(http->run_until(*client, [&] { return done; }));
    EXPECT_TRUE(failure);
}

}  // namespace
}  // namespace potd::test
