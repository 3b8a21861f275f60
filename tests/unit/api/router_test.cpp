#include "api/http/router.hpp"

#include <optional>
#include <string>

#include <gtest/gtest.h>

namespace potd::test {
namespace {

using api::Method;

/// One request without a connection; remembers the answer.
class LoneExchange : public api::Exchange {
  public:
    LoneExchange(Method method, std::string target, std::vector<api::Header> sent = {}, std::string text = {})
        : target_(std::move(target)), body_(std::move(text)) {
        request_.method = method;
        request_.target = target_;
        const auto mark = target_.find('?');
        request_.path = std::string_view(target_).substr(0, mark);
        if (mark != std::string::npos) request_.query = std::string_view(target_).substr(mark + 1);
        request_.headers = std::move(sent);
        request_.body = body_;
    }
    void answer(const api::Answer& answer) override {
        status = answer.status;
        body = answer.body;
        headers = answer.headers;
    }
    void stream(std::string_view, std::unique_ptr<api::BodySource>) override { status = 200; }
    api::Later later() override { return {std::weak_ptr<api::AnswerSink>(), 0}; }
    bool upgrade(OnSocket) override { return false; }

    int status = 0;
    std::string body;
    std::string headers;

  private:
    std::string target_;
    std::string body_;
};

class RouterTest : public ::testing::Test {
  protected:
    RouterTest() {
        const auto say = [](const std::string& what) {
            return [what](api::Exchange& e) {
                e.answer({200, api::json_type, what + ":" + std::string(e.parameter(0)), {}, {}});
            };
        };
        router.add({Method::Get,
                    "/pots",
                    api::Access(core::Role::Viewer, api::Reach::Common),
                    {"limit"},
                    {},
                    {api::json_type},
                    say("list")});
        router.add({Method::Post,
                    "/pots",
                    api::Access(core::Role::Viewer, api::Reach::Common),
                    {},
                    {api::json_type},
                    {api::json_type},
                    say("create")});
        router.add({Method::Get,
                    "/pots/{name}",
                    api::Access(core::Role::Viewer, api::Reach::Common),
                    {},
                    {},
                    {api::json_type},
                    say("get")});
        router.add({Method::Get,
                    "/pots/{name}/logs",
                    api::Access(core::Role::Viewer, api::Reach::Common),
                    {},
                    {},
                    {api::text_type, api::ndjson_type},
                    [](auto& e) {
                        e.answer({200, api::json_type, e.type(), {}, {}});
                    }});
    }
    LoneExchange ask(Method method, std::string target, std::vector<api::Header> headers = {},
                     std::string body = {}) {
        LoneExchange exchange(method, std::move(target), std::move(headers), std::move(body));
        router.dispatch(exchange);
        return exchange;
    }
    api::Router router{api::Router::unguarded()};
};

TEST_F(RouterTest, FindsTheHandlerOfPathAndMethod) {
    EXPECT_EQ(ask(Method::Get, "/pots").body, "list:");
    EXPECT_EQ(ask(Method::Post, "/pots").body, "create:");
    EXPECT_EQ(ask(Method::Get, "/pots/web").body, "get:web");
    EXPECT_EQ(ask(Method::Head, "/pots/web").body, "get:web");
}

TEST_F(RouterTest, DecodesParameters) {
    EXPECT_EQ(ask(Method::Get, "/pots/a%2fb%20c").body, "get:a/b c");
    for (const char* bad : {"/pots/%", "/pots/%4", "/pots/%zz", "/pots%zz", "/nothing/%g0"}) {
        const LoneExchange refused = ask(Method::Get, bad);
        EXPECT_EQ(refused.status, 400) << bad;
        EXPECT_NE(refused.body.find("\"field\":\"path\""), std::string::npos) << refused.body;
    }
    EXPECT_EQ(ask(Method::Get, "/pots/a%00b").status, 404) << "a name that nothing has";
}

TEST_F(RouterTest, SaysWhatIsNotThere) {
    for (const char* path : {"/", "/pot", "/pots/", "/pots/web/", "/pots/web/logs/x", "/pots//logs", "*"}) {
        EXPECT_EQ(ask(Method::Get, path).status, 404) << path;
    }
}

TEST_F(RouterTest, NamesTheMethodsAPathTakes) {
    const LoneExchange refused = ask(Method::Delete, "/pots");
    EXPECT_EQ(refused.status, 405);
    EXPECT_EQ(refused.headers, "Allow: GET, HEAD, POST, OPTIONS\r\n");
    const LoneExchange options = ask(Method::Options, "/pots/web");
    EXPECT_EQ(options.status, 204);
    EXPECT_EQ(options.headers, "Allow: GET, HEAD, OPTIONS\r\n");
    EXPECT_EQ(ask(Method::Options, "*").status, 204);
    EXPECT_EQ(ask(Method::Other, "/pots").status, 405);
}

TEST_F(RouterTest, RefusesUnknownQueryParametersByName) {
    EXPECT_EQ(ask(Method::Get, "/pots?limit=5").status, 200);
    const LoneExchange refused = ask(Method::Get, "/pots?colour=red");
    EXPECT_EQ(refused.status, 422);
    EXPECT_NE(refused.body.find("\"field\":\"colour\""), std::string::npos) << refused.body;
    EXPECT_EQ(ask(Method::Get, "/pots?limit=5&limit=6").status, 422);
    EXPECT_EQ(ask(Method::Get, "/pots?limit=%zz").status, 400);
}

TEST_F(RouterTest, AgreesOnATypeOrSaysThatItCannot) {
    EXPECT_EQ(ask(Method::Get, "/pots/a/logs").body, api::text_type);
    EXPECT_EQ(ask(Method::Get, "/pots/a/logs", {{"accept", "application/x-ndjson"}}).body, api::ndjson_type);
    EXPECT_EQ(ask(Method::Get, "/pots/a/logs", {{"Accept", "image/png, */*;q=0.1"}}).body, api::text_type);
    EXPECT_EQ(ask(Method::Get, "/pots", {{"Accept", "image/png"}}).status, 406);
    EXPECT_EQ(ask(Method::Get, "/pots", {{"Accept", "application/json;q=0"}}).status, 406);
}

TEST_F(RouterTest, TakesOnlyJsonBodies) {
    EXPECT_EQ(ask(Method::Post, "/pots", {{"Content-Type", "text/plain"}}, "x").status, 415);
    EXPECT_EQ(ask(Method::Post, "/pots", {{"Content-Type", "application/JSON; charset=utf-8"}}, "{}").status,
              200);
    EXPECT_EQ(ask(Method::Post, "/pots", {}, "{}").status, 200);
}

}  // namespace
}  // namespace potd::test
