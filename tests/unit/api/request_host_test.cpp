// To whom a request was sent: RFC 9112, section 3.2.
#include "tests/unit/api/http_fixture.hpp"

#include <algorithm>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace potd::test {
namespace {

/// The path of the last request that was answered.
class PathLog : public api::RequestLog {
  public:
    void answered(const api::RequestRecord& record) override { path = record.path; }
    void crashed(const api::RequestRecord& /*record*/, std::string_view /*what*/) override {}
    std::string path = "none";
};

class RequestHostTest : public ::testing::Test {
  protected:
    RequestHostTest() {
        router_.add({api::Method::Get,
                     "/who",
                     {core::Role::Viewer, api::Reach::Common},
                     {},
                     {},
                     {},
                     [](api::Exchange& e) {
                         e.answer({200, api::json_type, e.request().authority, {}, {}});
                     }});
        EXPECT_TRUE(http.listen().ok());
    }
    /// The status; what is refused is a problem with the field.
    int ask(const std::string& line, const std::string& headers) {
        const ParsedAnswer answer = http.ask("GET " + line + "\r\n" + headers + "\r\n");
        told = answer.body;
        if (answer.status == 400) {
            EXPECT_EQ(answer.header("Content-Type"), "application/problem+json");
            EXPECT_EQ(answer.header("Connection"), "close");
            EXPECT_NE(answer.body.find("\"malformed\""), std::string::npos) << answer.body;
        }
        return answer.status;
    }

    api::Router router_{api::Router::unguarded()};
    PathLog log_;
    HttpFixture http{router_, {}, &log_};
    std::string told;
};

TEST_F(RequestHostTest, OfHttp11HasOneHostThatIsOne) {
    EXPECT_EQ(ask("/who HTTP/1.1", ""), 400);
    EXPECT_NE(told.find("\"field\":\"Host\""), std::string::npos) << told;
    EXPECT_EQ(ask("/who HTTP/1.1", "Host: potd\r\nhost: potd\r\n"), 400);
    EXPECT_EQ(ask("/who HTTP/1.1", "Host: \r\nHost: potd\r\n"), 400);
    for (const std::string bad : {"a b",
                                  "http://potd",
                                  "potd/x",
                                  "user@potd",
                                  "a,b:80:80",
                                  "potd:x",
                                  "potd:123456",
                                  "potd:-1",
                                  "%zz",
                                  "%2",
                                  "%",
                                  "::1",
                                  "[::1",
                                  "::1]",
                                  "[]",
                                  "[1.2.3.4]",
                                  "[::1]x",
                                  "[::g]",
                                  "[fe80::1%25eth0]",
                                  "a\"b",
                                  "a\\b",
                                  "p\xc3\xb6t",
                                  "a?b",
                                  "a#b",
                                  "<a>"}) {
        EXPECT_EQ(ask("/who HTTP/1.1", "Host: " + bad + "\r\n"), 400) << bad;
        EXPECT_NE(told.find("\"field\":\"Host\""), std::string::npos) << bad << told;
    }
    for (const std::string good :
         {"", "potd", "potd.example:9766", "localhost:", "127.0.0.1:80", "[::1]", "[2001:db8::1]:443",
          "[::ffff:1.2.3.4]:1", "a_b-c.d~", "%2Frun%2Fpotd%2Fpotd.sock", "1.2.3.example", "a,b"}) {
        EXPECT_EQ(ask("/who HTTP/1.1", "Host: " + good + "\r\n"), 200) << good << told;
        EXPECT_EQ(told, good);
    }
}

TEST_F(RequestHostTest, OfHttp10NeedsNone) {
    EXPECT_EQ(ask("/who HTTP/1.0", ""), 200);
    EXPECT_EQ(ask("/who HTTP/1.0", "Host: potd\r\n"), 200);
    EXPECT_EQ(ask("/who HTTP/1.0", "Host: a b\r\n"), 400);
    EXPECT_EQ(ask("/who HTTP/1.0", "Host: potd\r\nHost: potd\r\n"), 400);
}

TEST_F(RequestHostTest, StandsInTheTargetBeforeTheHeader) {
    EXPECT_EQ(ask("http://a.example:80/who HTTP/1.1", "Host: b\r\n"), 200);
    EXPECT_EQ(told, "a.example:80");
    EXPECT_EQ(ask("HTTPS://[::1]/who?", "Host: b\r\n"), 400) << "no version";
    EXPECT_EQ(ask("HTTPS://[::1]/who? HTTP/1.1", "Host: b\r\n"), 200) << told;
    EXPECT_EQ(ask("http://a/who HTTP/1.1", ""), 400) << "the header must be there all the same";
    EXPECT_EQ(ask("http://a HTTP/1.1", "Host: b\r\n"), 404);
    for (const std::string bad : {"http:///who", "http://u@a/who", "http://a b/who", "ftp://a/who",
                                  "a://b/who", "who", "/who?://", "://a/who"}) {
        const int status = ask(bad + " HTTP/1.1", "Host: b\r\n");
        EXPECT_EQ(status, bad.starts_with('/') ? 422 : 400) << bad << told;
    }
}

/// The head is moved in memory while its body comes: what stands in no head must not be.
TEST_F(RequestHostTest, AndNoPathIsNoneWhenTheBodyComesLater) {
    const auto client = http.connect();
    const std::string body(60'000, 'x');
    const std::string head =
        "POST http://a HTTP/1.1\r\nHost: b\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n";
    // So long that the second head makes room for its body by moving.
    const std::string all = get("/who", "X-Long: " + std::string(2500, 'a') + "\r\n") + head + body;
    std::size_t sent = 0;
    ASSERT_TRUE(http.run_until(*client, [&] {
        const std::size_t piece = std::min<std::size_t>(3000, all.size() - sent);
        sent += client->send(std::string_view(all).substr(sent, piece));
        return client->received.find(" 404 ") != std::string::npos;
    })) << client->received;
    EXPECT_EQ(log_.path, "");
    EXPECT_EQ(http.ask(get("/who")).status, 200);
}

}  // namespace
}  // namespace potd::test
