#include "client/http/message.hpp"

#include <gtest/gtest.h>

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

TEST(UrlEscapeTest, EscapesAllButUnreservedCharacters) {
    EXPECT_EQ(url_escape("web-1._~"), "web-1._~");
    EXPECT_EQ(url_escape("a/b?c d&é"), "a%2Fb%3Fc%20d%26%C3%A9");
}

}  // namespace
}  // namespace potd::client
