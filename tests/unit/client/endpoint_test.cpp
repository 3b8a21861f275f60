#include "client/http/endpoint.hpp"

#include <gtest/gtest.h>

namespace potd::client {
namespace {

TEST(EndpointTest, TakesSocketsInThreeForms) {
    for (const auto* url : {"/run/x.sock", "unix:/run/x.sock", "unix:///run/x.sock"}) {
        const auto endpoint = parse_endpoint(url);
        ASSERT_TRUE(endpoint) << url;
        EXPECT_EQ(endpoint->socket, "/run/x.sock");
    }
}

TEST(EndpointTest, TakesHostsAndPorts) {
    EXPECT_EQ(parse_endpoint("http://localhost:8080")->port, "8080");
    EXPECT_EQ(parse_endpoint("http://localhost/")->port, "80");
    const auto six = parse_endpoint("http://[::1]:99");
    ASSERT_TRUE(six);
    EXPECT_EQ(six->host, "::1");
    EXPECT_EQ(six->text(), "http://[::1]:99");
    EXPECT_FALSE(six->tls);
    EXPECT_EQ(parse_endpoint("https://potd.example")->port, "443");
    const auto secure = parse_endpoint("https://potd.example:9766/");
    ASSERT_TRUE(secure);
    EXPECT_TRUE(secure->tls);
    EXPECT_EQ(secure->text(), "https://potd.example:9766");
}

TEST(EndpointTest, IsNamedInRequestsAsInItsUrl) {
    EXPECT_EQ(parse_endpoint("/run/x.sock")->authority(), "potd");
    EXPECT_EQ(parse_endpoint("http://localhost")->authority(), "localhost");
    EXPECT_EQ(parse_endpoint("https://potd.example:443")->authority(), "potd.example");
    EXPECT_EQ(parse_endpoint("https://potd.example:9766")->authority(), "potd.example:9766");
    EXPECT_EQ(parse_endpoint("https://[::1]")->authority(), "[::1]");
    EXPECT_EQ(parse_endpoint("http://[::1]:443")->authority(), "[::1]:443");
}

TEST(EndpointTest, SendsTokensWhereNobodyReadsThemOnTheWay) {
    for (const auto* url : {"/run/x.sock", "https://potd.example", "http://localhost:1", "http://127.0.0.1:1",
                            "http://[::1]:1"})
        EXPECT_TRUE(check_token(*parse_endpoint(url), "potd_0")) << url;
    for (const auto* url : {"http://potd.example", "http://192.0.2.1:1", "http://localhost.example"}) {
        EXPECT_TRUE(check_token(*parse_endpoint(url), "")) << url;
        const auto refused = check_token(*parse_endpoint(url), "potd_0");
        ASSERT_FALSE(refused) << url;
        EXPECT_EQ(refused.failure().exit, exit_code::usage);
    }
    for (const auto* token : {"a b", "a\r\nX: y", "\xc3\xbc"})
        EXPECT_FALSE(check_token(*parse_endpoint("/run/x.sock"), token)) << token;
}

TEST(EndpointTest, RefusesWhatItDoesNotUnderstand) {
    for (const auto* url : {"", "potd", "ftp://x", "http://", "http://x:", "http://x:abc", "http://[::1",
                            "http://x/path", "https://", "https://x:y", "https://x:0", "https://x:65536"}) {
        const auto endpoint = parse_endpoint(url);
        ASSERT_FALSE(endpoint) << url;
        EXPECT_EQ(endpoint.failure().exit, exit_code::usage) << url;
    }
}

}  // namespace
}  // namespace potd::client
