// What a WebSocket does to those who do not keep to RFC 6455, or to its spirit.
#include "tests/unit/api/http_fixture.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <unistd.h>

namespace potd::test {
namespace {

using ::testing::StartsWith;

constexpr unsigned text_word = 1, close_word = 8, ping_word = 9;

/// With any head; masked with zeros unless it is not masked at all.
std::string abusive_frame(unsigned first, std::uint64_t claimed, std::string_view payload,
                          bool masked = true) {
    std::string frame(1, static_cast<char>(first));
    const unsigned mask = masked ? 0x80 : 0;
    const int bytes = claimed < 126 ? 0 : claimed <= 0xFFFF ? 2 : 8;
    frame += static_cast<char>(mask | (bytes == 0 ? claimed : bytes == 2 ? 126 : 127));
    for (int i = bytes - 1; i >= 0; --i) frame += static_cast<char>(claimed >> (8 * i));
    return frame + std::string(masked ? 4 : 0, '\0') + std::string(payload);
}
std::string abusive_whole(unsigned opcode, std::string_view payload, bool masked = true) {
    return abusive_frame(0x80U | opcode, payload.size(), payload, masked);
}

class WebSocketAbuseTest : public ::testing::Test {
  protected:
    WebSocketAbuseTest() {
        router.add({api::Method::Get,
                    "/socket",
                    api::Access(core::Role::Viewer, api::Reach::Common),
                    {},
                    {api::json_type},
                    {},
                    [this](api::Exchange& exchange) {
                        static_cast<void>(exchange.upgrade([this](api::WebSocket& socket) {
                            api::WebSocket::Events events;
                            events.message = [&socket](std::string_view message, bool binary) {
                                socket.send(std::string(message), binary);
                            };
                            events.closed = [this](bool by_client) {
                                closed = true;
                                left = by_client;
                            };
                            socket.start(std::move(events));
                        }));
                    }});
        EXPECT_TRUE(http.listen());
        client = http.connect();
        client->send(get("/socket",
                         "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                         "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"));
        EXPECT_TRUE(
            http.run_until(*client, [&] { return client->received.find("\r\n\r\n") != std::string::npos; }));
        client->received.clear();
    }
    /// Sends it, and as much more as is wanted, until the server has hung up.
    void is_thrown_out(const std::string& bytes) {
        std::string_view unsent = bytes;
        EXPECT_TRUE(http.run_until(*client, [&] {
            if (!client->ended) unsent.remove_prefix(client->send(unsent));
            return client->ended;
        }));
        client->hang_up();
        EXPECT_TRUE(http.run_until(*client, [&] { return closed; }));
        EXPECT_TRUE(http.run_until(*client, [&] { return http.server->connections() == 0; }));
    }
    /// The code of the close frame that came, behind `before`.
    [[nodiscard]] int code(std::size_t before = 0) const {
        const std::string frame = client->received.substr(std::min(before, client->received.size()));
        if (frame.size() < 4 || static_cast<std::uint8_t>(frame[0]) != (0x80U | close_word)) return 0;
        return static_cast<std::uint8_t>(frame[2]) << 8U | static_cast<std::uint8_t>(frame[3]);
    }

    api::Router router{api::Router::unguarded()};
    HttpFixture http{router};
    std::unique_ptr<RawClient> client;
    bool closed = false;
    bool left = false;  ///< and by the client
};

TEST_F(WebSocketAbuseTest, WhoMayNoLongerIsCutOffAndCountsAsGone) {
    bool may = true;
    std::vector<std::int64_t> asked;
    router.set_hold([&](const core::Principal& /*who*/, const api::Peer& peer, std::string_view /*pot*/) {
        asked.push_back(peer.uid);
        return may;
    });
    http.timers.advance(core::milliseconds(1000));
    EXPECT_FALSE(closed);
    EXPECT_EQ(asked, std::vector<std::int64_t>{::getuid()});
    may = false;
    http.timers.advance(core::milliseconds(1000));
    EXPECT_TRUE(closed);
    EXPECT_TRUE(left);
    EXPECT_TRUE(http.run_until(*client, [&] { return client->ended; }));
    EXPECT_EQ(client->received, "");
    EXPECT_EQ(http.server->connections(), 0U);
}

TEST_F(WebSocketAbuseTest, WhoKeepsToTheRulesIsServed) {
    client->send(abusive_whole(text_word, "hello"));
    ASSERT_TRUE(http.run_until(*client, [&] { return client->received.size() >= 7; }));
    EXPECT_EQ(client->received, "\x81\x05hello");
    client->received.clear();
    client->send(abusive_whole(ping_word, "are you there"));
    ASSERT_TRUE(http.run_until(*client, [&] { return client->received.size() >= 15; }));
    EXPECT_EQ(client->received,
              "\x8A\x0D"
              "are you there");
}

TEST_F(WebSocketAbuseTest, AFrameWithoutMaskIsAnError) {
    is_thrown_out(abusive_whole(text_word, "hello", false));
    EXPECT_EQ(code(), 1002);
}

TEST_F(WebSocketAbuseTest, AControlFrameIsShort) {
    is_thrown_out(abusive_whole(ping_word, std::string(126, 'p')));
    EXPECT_EQ(code(), 1002);
}

TEST_F(WebSocketAbuseTest, AControlFrameIsWhole) {
    is_thrown_out(abusive_frame(ping_word, 4, "ping"));
    EXPECT_EQ(code(), 1002);
}

TEST_F(WebSocketAbuseTest, ReservedBitsAndOpcodesAreErrors) {
    is_thrown_out(abusive_whole(0x40U | text_word, "hello"));
    EXPECT_EQ(code(), 1002);
}

TEST_F(WebSocketAbuseTest, AFrameThatOnlyClaimsToBeHugeIsRefusedAtOnce) {
    is_thrown_out(abusive_frame(0x80U | text_word, std::uint64_t{1} << 40U, "x"));
    EXPECT_EQ(code(), 1009);
}

TEST_F(WebSocketAbuseTest, AMessageOfManyFramesIsNotHugeEither) {
    std::string bytes = abusive_frame(text_word, 1024, std::string(1024, 'x'));
    for (int i = 0; i < 1200; ++i) bytes += abusive_frame(0, 1024, std::string(1024, 'x'));
    is_thrown_out(bytes);
    EXPECT_EQ(code(), 1009);
}

TEST_F(WebSocketAbuseTest, TextIsUtf8) {
    is_thrown_out(abusive_whole(text_word, "\xff\xfe"));
    EXPECT_EQ(code(), 1007);
}

TEST_F(WebSocketAbuseTest, WhoDoesNotHangUpIsHungUpOn) {
    client->send(abusive_whole(text_word, "hello", false));
    ASSERT_TRUE(http.run_until(*client, [&] { return client->ended; }));
    EXPECT_EQ(code(), 1002);
    http.run_until(*client, [rounds = 0]() mutable { return ++rounds == 20; });
    EXPECT_EQ(http.server->connections(), 1U);
    for (int second = 0; second < 10; ++second) http.timers.advance(core::milliseconds(1000));
    EXPECT_TRUE(http.run_until(*client, [&] { return http.server->connections() == 0 && closed; }));
}

TEST_F(WebSocketAbuseTest, AFloodOfPingsEndsIt) {
    std::string bytes;
    for (int i = 0; i < 5000; ++i) bytes += abusive_whole(ping_word, "p");
    bytes += abusive_whole(close_word, "\x03\xe8");
    is_thrown_out(bytes);
    const std::size_t pongs = client->received.rfind("\x8A\x01p");
    ASSERT_NE(pongs, std::string::npos);
    EXPECT_EQ(code(pongs + 3), 1008);
    EXPECT_THAT(client->received.substr(pongs + 7), StartsWith("too many pings"));
}

}  // namespace
}  // namespace potd::test
