// Clients that send or read slowly, or only seem to.
#include "tests/unit/api/http_fixture.hpp"

#include <optional>
#include <string>

#include <gtest/gtest.h>

namespace potd::test {
namespace {

using api::Exchange;
using api::json_type;
using api::Method;

class SlowClientTest : public ::testing::Test {
  protected:
    SlowClientTest() {
        add(Method::Post, "/echo", [](Exchange& e) { e.answer({200, json_type, e.request().body, {}, {}}); });
        add(Method::Get, "/big", [this](Exchange& e) { e.answer({200, json_type, {}, big, {}}); });
        add(Method::Get, "/later", [this](Exchange& e) { later = e.later(); });
    }
    void add(Method method, const char* path, std::function<void(Exchange&)> handler) {
        router.add({method,
                    path,
                    {core::Role::Viewer, api::Reach::Common},
                    {},
                    {json_type},
                    {},
                    std::move(handler)});
    }
    void start() {
        http.emplace(router);
        ASSERT_TRUE(http->listen());
    }

    api::Router router{api::Router::unguarded()};
    std::shared_ptr<const std::string> big = std::make_shared<const std::string>(3'000'000, 'b');
    std::optional<HttpFixture> http;
    std::optional<api::Later> later;  // after http: it refers to a connection of it
};

TEST_F(SlowClientTest, ABodyThatDripsIsAnsweredWith408) {
    start();
    const auto client = http->connect();
    client->send(
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n");
    const auto turn = [&] { http->run_until(*client, [rounds = 0]() mutable { return ++rounds == 10; }); };
    turn();
    int seconds = 0;
    for (; seconds < 60 && client->received.empty(); seconds += 5) {
        client->send("x");
        turn();
        http->timers.advance(core::milliseconds(5000));
        turn();
    }
    EXPECT_EQ(parse_answer(client->received).status, 408);
    EXPECT_EQ(seconds, 20);
}

TEST_F(SlowClientTest, ABodyThatComesSlowlyButComesIsTaken) {
    start();
    const auto client = http->connect();
    const std::string piece(100'000, 'y');
    client->send(
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: "
        "1000000\r\n\r\n");
    for (int i = 0; i < 10; ++i) {
        std::string_view unsent = piece;
        http->run_until(*client, [&] {
            unsent.remove_prefix(client->send(unsent));
            return unsent.empty();
        });
        http->run_until(*client, [rounds = 0]() mutable { return ++rounds == 100; });
        http->timers.advance(core::milliseconds(12'000));
    }
    ASSERT_TRUE(http->run_until(*client, [&] { return HttpFixture::is_whole(client->received); }));
    EXPECT_EQ(parse_answer(client->received).body.size(), 1'000'000U);
}

TEST_F(SlowClientTest, AnAnswerThatComesWhileEarlierOnesWaitForTheClientIsWhole) {
    start();
    const auto client = http->connect();
    client->send(get("/big") + get("/later"));
    // The socket is full, and the last request is being waited for.
    for (int round = 0; round < 50; ++round) {
        http->context.restart();
        http->context.poll();
    }
    const std::string late(100'000, 'l');
    ASSERT_TRUE(later || http->run_until(*client, [&] { return later.has_value(); }));
    later->answer({200, json_type, late, {}, {}});
    ASSERT_TRUE(http->run_until(*client, [&] { return client->received.ends_with(late); }));
    const ParsedAnswer first = parse_answer(client->received);
    EXPECT_EQ(first.body, *big);
    EXPECT_EQ(parse_answer(first.rest).body, late);
}

}  // namespace
}  // namespace potd::test
