// Where a request ends: nobody may see that elsewhere than potd.
#include "tests/unit/api/http_fixture.hpp"

#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace potd::test {
namespace {

/// What follows must not be taken for a request of its own, whoever else has read it otherwise.
TEST(RequestFramingTest, RefusesRequestsWhoseEndIsUnclear) {
    api::Router router{api::Router::unguarded()};
    for (const auto& [method, path] :
         {std::pair{api::Method::Post, "/echo"}, std::pair{api::Method::Get, "/hello"}}) {
        router.add({method,
                    path,
                    {core::Role::Viewer, api::Reach::Common},
                    {},
                    {api::json_type},
                    {},
                    [](api::Exchange& e) {
                        e.answer({200, api::json_type, e.request().body, {}, {}});
                    }});
    }
    HttpFixture fixture{router};
    ASSERT_TRUE(fixture.listen().ok());
    const std::string hidden = "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n";
    const std::string start_of_head = "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";
    const std::string length = "Content-Length: " + std::to_string(hidden.size()) + "\r\n";
    for (const std::string& head :
         {length + "Transfer-Encoding: chunked\r\n",
          "Transfer-Encoding: chunked\r\n" + length,
          length + length,
          length + std::string("Content-Length: 0\r\n"),
          std::string("Content-Length: 5, 5\r\n"),
          std::string("Content-Length: +5\r\n"),
          std::string("Content-Length: 0x5\r\n"),
          std::string("Content-Length: -1\r\n"),
          std::string("Content-Length: 99999999999999999999\r\n"),
          std::string("Content-Length:\r\n"),
          std::string("Transfer-Encoding: identity\r\n"),
          std::string("Transfer-Encoding: gzip, chunked\r\n"),
          std::string("Transfer-Encoding: xchunked\r\n"),
          std::string("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
          std::string("Transfer-Encoding : chunked\r\n"),
          std::string("Content-Length : 5\r\n"),
          std::string("Transfer-Encoding:\v chunked\r\n"),
          std::string("X: a\r\n b\r\nContent-Length: 5\r\n"),
          std::string("X: a\n") + length,
          std::string("X: a\r") + length,
          std::string("X: a\0b\r\n", 8),
          std::string(" X: a\r\n"),
          std::string("Host: y\r\n")}) {
        const auto client = fixture.connect();
        client->send(std::string(start_of_head).append(head).append("\r\n").append(hidden));
        ASSERT_TRUE(fixture.run_until(*client, [&] { return HttpFixture::is_whole(client->received); }))
            << head;
        const ParsedAnswer answer = parse_answer(client->received);
        EXPECT_EQ(answer.status, 400) << head << client->received;
        EXPECT_EQ(answer.header("Connection"), "close") << head;
        EXPECT_EQ(answer.rest, "") << head;
    }
    const std::string old = "POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    EXPECT_EQ(fixture.ask(old).status, 400);
    const std::string chunk = "Transfer-Encoding: chunked\r\n\r\n";
    for (const std::string& body :
         {std::string("5\nabcde\r\n0\r\n\r\n"), std::string("-1\r\n"),
          std::string("0x5\r\nabcde\r\n0\r\n\r\n"), std::string("fffffffffffffffff\r\n"),
          std::string("5\r\nabcdeX\r\n0\r\n\r\n")}) {
        const ParsedAnswer answer = fixture.ask(std::string(start_of_head).append(chunk).append(body));
        EXPECT_GE(answer.status, 400) << body;
        EXPECT_LE(answer.status, 413) << body;
    }
}

/// What comes behind the body is not what the request was let in with.
TEST(RequestFramingTest, ATrailerIsNoHeader) {
    api::Router router{api::Router::unguarded()};
    router.add({api::Method::Post,
                "/echo",
                {core::Role::Viewer, api::Reach::Common},
                {},
                {},
                {},
                [](api::Exchange& e) {
                    const auto found = e.request().header("Idempotency-Key");
                    e.answer({200, api::json_type, found ? *found : "none", {}, {}});
                }});
    HttpFixture fixture{router};
    ASSERT_TRUE(fixture.listen().ok());
    const ParsedAnswer answer = fixture.ask(
        "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTrailer: Idempotency-Key\r\n\r\n"
        "2;extension=\"a\"\r\n{}\r\n0\r\nIdempotency-Key: k\r\nX-Request-Id: late\r\n\r\n");
    EXPECT_EQ(answer.status, 200) << answer.head;
    EXPECT_EQ(answer.body, "none");
    EXPECT_NE(answer.header("X-Request-Id"), "late");
}

}  // namespace
}  // namespace potd::test
