#include "client/http/message.hpp"

#include "client/http/endpoint.hpp"
#include "tests/support/temp_dir.hpp"

#include <cstring>
#include <string>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

namespace potd::client {
namespace {

TEST(MessageTest, ReadsAHead) {
    const auto head =
        parse_head("HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\nX-Odd:  a b \r\n\r\n");
    ASSERT_TRUE(head);
    EXPECT_EQ(head->status, 404);
    EXPECT_EQ(head->header("content-type"), "application/json");
    EXPECT_EQ(head->header("x-odd"), "a b");
    EXPECT_EQ(head->header("none"), "");
    EXPECT_TRUE(head->keep_alive);
}

TEST(MessageTest, KnowsWhetherTheConnectionStays) {
    EXPECT_FALSE(parse_head("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")->keep_alive);
    EXPECT_FALSE(parse_head("HTTP/1.0 200 OK\r\n\r\n")->keep_alive);
    EXPECT_TRUE(parse_head("HTTP/1.1 200\r\n\r\n")->keep_alive);
}

TEST(MessageTest, RefusesWhatIsNoHttp) {
    for (const auto* text :
         {"", "SSH-2.0-OpenSSH\r\n\r\n", "HTTP/1.1 2x0 OK\r\n\r\n", "HTTP/2 200 OK\r\n\r\n",
          "HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "HTTP/1.1 200 OK\r\n: x\r\n\r\n"}) {
        EXPECT_FALSE(parse_head(text)) << text;
    }
}

/// What a body comes to whose bytes are these: all of it, or why not.
Result<std::string> read_chunked(const std::string& bytes) {
    const test::TempDir temp;
    const std::string place = (temp / "s").string();
    const Descriptor listener(::socket(AF_UNIX, SOCK_STREAM, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(&address.sun_path[0], place.data(), place.size());
    if (::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(listener.get(), 1) != 0)
        return failed("no socket");
    auto connection = Connection::open(*parse_endpoint("unix://" + place));
    if (!connection) return connection.failure();
    {
        const Descriptor peer(::accept(listener.get(), nullptr, nullptr));
        if (::send(peer.get(), bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
            return failed("cannot send");
    }
    BodyReader body(*parse_head("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"));
    std::string text;
    for (;;) {
        const auto more = body.read(*connection, text);
        if (!more) return more.failure();
        if (!*more) return text;
    }
}

TEST(BodyReaderTest, PutsChunksTogether) {
    EXPECT_EQ(*read_chunked("3\r\nabc\r\n1;x=y\r\nd\r\n0\r\n\r\n"), "abcd");
}

TEST(BodyReaderTest, AChunkLongerThanAnyNumberIsNoEnd) {
    EXPECT_FALSE(read_chunked("3\r\nabc\r\n10000000000000000\r\nd\r\n0\r\n\r\n"));
    EXPECT_FALSE(read_chunked("3\r\nabc\r\n\r\n\r\n"));
}

TEST(UrlEscapeTest, EscapesAllButUnreservedCharacters) {
    EXPECT_EQ(url_escape("web-1._~"), "web-1._~");
    EXPECT_EQ(url_escape("a/b?c d&é"), "a%2Fb%3Fc%20d%26%C3%A9");
}

}  // namespace
}  // namespace potd::client
