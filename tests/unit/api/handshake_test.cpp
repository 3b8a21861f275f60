// What becomes of a request that wants a WebSocket, or should.
#include "tests/unit/api/http_fixture.hpp"

#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace potd::test {
namespace {

class HandshakeTest : public ::testing::Test {
  protected:
    using Lines = std::vector<std::pair<std::string, std::string>>;

    HandshakeTest() {
        router.add({api::Method::Get,
                    "/socket",
                    api::Access(core::Role::Viewer, api::Reach::Common),
                    {},
                    {api::json_type},
                    {},
                    [](api::Exchange& exchange) {
                        static_cast<void>(exchange.upgrade([](api::WebSocket& socket) {
                            socket.start({});
                            socket.close(1000, "seen");
                        }));
                    }});
        EXPECT_TRUE(http.listen());
    }
    /// The good one with one header replaced by these lines.
    static Lines with(const std::string& name, const Lines& lines) {
        Lines all = {{"Connection", "Upgrade"},
                     {"Upgrade", "websocket"},
                     {"Sec-WebSocket-Version", "13"},
                     {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="}};
        std::erase_if(all, [&](const auto& line) { return line.first == name; });
        all.insert(all.end(), lines.begin(), lines.end());
        return all;
    }
    ParsedAnswer ask(const Lines& lines, const std::string& version = "1.1") {
        std::string request = "GET /socket HTTP/" + version + "\r\nHost: x\r\nX-Request-Id: mine-7\r\n";
        for (const auto& [name, value] : lines)
            request.append(name).append(": ").append(value).append("\r\n");
        return http.ask(request + "\r\n");
    }

    api::Router router{api::Router::unguarded()};
    HttpFixture http{router};
};

TEST_F(HandshakeTest, TakesWhatRfc6455Allows) {
    for (const Lines& lines : {with("", {}), with("Upgrade", {{"Upgrade", "h2c, WebSocket"}}),
                               with("Connection", {{"Connection", "keep-alive, upgrade"}})}) {
        const ParsedAnswer answer = ask(lines);
        EXPECT_EQ(answer.status, 101) << answer.head;
        EXPECT_EQ(answer.header("X-Request-Id"), "mine-7");
    }
}

TEST_F(HandshakeTest, SaysWhatIsWrongAsAnyAnswerDoes) {
    struct Case {
        Lines lines;
        int status;
        const char *code, *field;
    };
    const std::string key = "Sec-WebSocket-Key", version = "Sec-WebSocket-Version";
    for (const Case& one :
         {Case{with("Upgrade", {}), 426, "upgrade_required", ""},
          Case{with("Upgrade", {{"Upgrade", "h2c"}}), 426, "upgrade_required", ""},
          Case{with(version, {}), 426, "upgrade_required", "Sec-WebSocket-Version"},
          Case{with(version, {{version, "8"}}), 426, "upgrade_required", "Sec-WebSocket-Version"},
          Case{with("Connection", {}), 400, "malformed", "Connection"},
          Case{with("Connection", {{"Connection", "keep-alive"}}), 400, "malformed", "Connection"},
          Case{with(key, {}), 400, "malformed", "Sec-WebSocket-Key"},
          Case{with(key, {{key, ""}}), 400, "malformed", "Sec-WebSocket-Key"},
          Case{with(key, {{key, "dGhlIHNhbXBsZSBub25jZQ="}}), 400, "malformed", "Sec-WebSocket-Key"},
          Case{with(key, {{key, "dGhlIHNhbXBs!SBub25jZQ=="}}), 400, "malformed", "Sec-WebSocket-Key"}}) {
        const ParsedAnswer answer = ask(one.lines);
        EXPECT_EQ(answer.status, one.status) << answer.head;
        EXPECT_EQ(answer.header("X-Request-Id"), "mine-7") << answer.head;
        EXPECT_EQ(answer.header("Content-Type"), "application/problem+json") << answer.head;
        EXPECT_EQ(answer.header("Sec-WebSocket-Version"), one.status == 426 ? "13" : "");
        const auto problem = nlohmann::json::parse(answer.body, nullptr, false);
        EXPECT_EQ(problem.value("code", ""), one.code) << answer.body;
        EXPECT_EQ(problem.value("field", ""), one.field) << answer.body;
    }
    EXPECT_EQ(ask(with("", {}), "1.0").status, 426);
}

}  // namespace
}  // namespace potd::test
