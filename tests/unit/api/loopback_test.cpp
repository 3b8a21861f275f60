#include "tests/unit/api/http_fixture.hpp"

#include <cerrno>
#include <optional>
#include <string>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

namespace potd::test {
namespace {

class LoopbackTest : public ::testing::Test {
  protected:
    LoopbackTest() {
        router.add({api::Method::Get,
                    "/here",
                    api::Access(core::Role::Viewer, api::Reach::Common),
                    {},
                    {},
                    {api::json_type},
                    [](api::Exchange& exchange) {
                        exchange.answer({200, api::json_type, "{}", {}, {}});
                    }});
    }
    static api::LoopbackEndpoint at(const char* address, std::uint16_t port = 0) {
        return {*core::parse_ip_address(address), port};
    }
    /// All that comes back for one request whose connection is closed after it.
    std::string ask(std::uint16_t port, const std::string& request) {
        const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in place{};
        place.sin_family = AF_INET;
        place.sin_port = htons(port);
        place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the socket API's own way
        EXPECT_EQ(::connect(fd, reinterpret_cast<const sockaddr*>(&place), sizeof place), 0);
        EXPECT_EQ(::send(fd, request.data(), request.size(), MSG_NOSIGNAL),
                  static_cast<ssize_t>(request.size()));
        std::string all;
        std::string buffer(4096, '\0');
        for (;;) {
            http.context.restart();
            http.context.poll();
            const ssize_t got = ::recv(fd, buffer.data(), buffer.size(), MSG_DONTWAIT);
            if (got > 0) all.append(buffer, 0, static_cast<std::size_t>(got));
            if (got == 0 || (got < 0 && errno != EAGAIN && errno != EWOULDBLOCK)) break;
        }
        ::close(fd);
        return all;
    }

    api::Router router{api::Router::unguarded()};
    HttpFixture http{router};
    std::optional<api::Later> later;
};

TEST_F(LoopbackTest, AnswersAtAPortThatOnlyThisMachineReaches) {
    ASSERT_TRUE(http.server->listen(at("127.0.0.1")).ok());
    const std::uint16_t port = http.server->port();
    ASSERT_NE(port, 0);
    const std::string answer = ask(port, "GET /here HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 ")) << answer;
    const api::ServerFigures now = http.server->figures();
    EXPECT_EQ(now.accepted, 1U);
    EXPECT_EQ(now.connections, 0U);
    EXPECT_EQ(now.sent, answer.size());
    EXPECT_GT(now.received, 40U);
}

TEST_F(LoopbackTest, ListensNowhereElseAndNotInAnothersPlace) {
    EXPECT_EQ(http.server->listen(at("192.0.2.1")).error().kind, core::ErrorKind::InvalidArgument);
    EXPECT_EQ(http.server->listen(at("0.0.0.0")).error().kind, core::ErrorKind::InvalidArgument);
    EXPECT_EQ(http.server->port(), 0);
    ASSERT_TRUE(http.server->listen(at("127.0.0.1")).ok());
    HttpFixture other{router};
    const core::Status taken = other.server->listen(at("127.0.0.1", http.server->port()));
    ASSERT_FALSE(taken.ok());
    EXPECT_EQ(taken.error().kind, core::ErrorKind::Conflict);
}

TEST_F(LoopbackTest, NobodyKnowsWhoIsThere) {
    std::optional<api::Peer> peer;
    router.add({api::Method::Get,
                "/peer",
                api::Access(core::Role::Viewer, api::Reach::Common),
                {},
                {},
                {api::json_type},
                [&](api::Exchange& exchange) {
                    peer = exchange.request().peer;
                    exchange.answer({200, api::json_type, "{}", {}, {}});
                }});
    ASSERT_TRUE(http.server->listen(at("127.0.0.1")).ok());
    ask(http.server->port(), "GET /peer HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    ASSERT_TRUE(peer);
    EXPECT_EQ(peer->uid, -1);
    EXPECT_EQ(peer->pid, -1);
    EXPECT_TRUE(peer->gids.empty());
    EXPECT_EQ(peer->address, "127.0.0.1");
}

TEST_F(LoopbackTest, CountsWaitingAndStreamingRequestsApart) {
    router.add({api::Method::Get,
                "/late",
                api::Access(core::Role::Viewer, api::Reach::Common),
                {},
                {},
                {api::json_type},
                [this](api::Exchange& exchange) { later = exchange.later(); }});
    ASSERT_TRUE(http.listen().ok());
    const auto client = http.connect();
    client->send(get("/late"));
    ASSERT_TRUE(http.run_until(*client, [&] { return later.has_value(); }));
    EXPECT_EQ(http.server->figures().waiting, 1U);
    later->answer({200, api::json_type, "{}", {}, {}});
    ASSERT_TRUE(http.run_until(*client, [&] { return HttpFixture::is_whole(client->received); }));
    EXPECT_EQ(http.server->figures().waiting, 0U);
    EXPECT_EQ(http.server->figures().connections, 1U);
}

}  // namespace
}  // namespace potd::test
