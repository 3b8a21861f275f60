// A request that is repeated with its key after a restart of potd that cost its answer, by one with a label
// selector.
#include "api/http/client_wish.hpp"
#include "tests/unit/api/routes_fixture.hpp"

#include <optional>
#include <string>

namespace potd::test {
namespace {

class RepeatedRequestTest : public RoutesFixture {
  protected:
    RepeatedRequestTest() {
        const Json bridged{{"type", "public-bridge"}};
        create("zqx-front", {{"labels", {{"team", "db"}}}, {"network", bridged}, {"ports", {"80:8080"}}});
        create("web", {{"labels", {{"team", "web"}}}, {"network", bridged}, {"depends_on", {"zqx-front"}}});
        const Json token{{"name", "web"}, {"role", "developer"}, {"selector", "team=web"}};
        secret_ = Json::parse(call("POST", "/v1/tokens", token).body).value("secret", "");
    }

    /// Under way by the team's token, as the request with this key would be.
    std::string begin(core::OperationKind kind, const std::string& method, const std::string& path,
                      const Json& body, const std::string& pot) {
        const std::string text = body.dump();
        const std::string key = "k-1";
        api::Request request;
        request.method_text = method;
        request.path = path;
        request.body = text;
        request.headers = {{"Idempotency-Key", key}};
        api::ClientWish wish;
        EXPECT_FALSE(api::read_wish(request, wish));
        core::OperationService::Asked asked;
        asked.kind = kind;
        asked.pot = pot;
        asked.by = "token web " + services.token_key.hash(secret_);
        asked.key = {wish.key, wish.fingerprint};
        const std::string id = services.heart.operations->begin(asked);
        services.heart.operations->record(id, core::Durability::Intent, std::nullopt, [](const auto&) {});
        services.heart.loop.run();
        return id;
    }
    /// What recovery finds to have become of it, without the answer.
    void end(const std::string& id, const core::Status& status = {}) {
        services.heart.operations->end(id, status, std::nullopt);
        services.heart.loop.run();
    }
    ParsedAnswer repeat(const std::string& method, const std::string& path, const Json& body) {
        const ParsedAnswer answer =
            call(method, path, body, "Idempotency-Key: k-1\r\nAuthorization: Bearer " + secret_ + "\r\n");
        EXPECT_EQ(answer.header("Idempotency-Replayed"), "true") << answer.head << answer.body;
        EXPECT_EQ((answer.head + answer.body).find("zqx"), std::string::npos) << answer.head << answer.body;
        return answer;
    }
    void change(const std::string& pot, const std::string& id, const Json& labels) {
        core::PotPatch patch;
        patch.apply = [&](core::PotSpec& spec) -> core::Status {
            for (const auto& [key, value] : labels.items()) spec.labels[key] = value;
            return {};
        };
        services.heart.ask<core::PotPtr>([&](auto reply) {
            services.heart.pots->change(pot, patch, reply, services.heart.operations->along(id));
        });
    }

  private:
    std::string secret_;
};

TEST_F(RepeatedRequestTest, IsToldOfNoOtherPotWhyItFailed) {
    const Json body{{"ports", {"80:8080"}}};
    const std::string id = begin(core::OperationKind::Change, "PATCH", "/v1/pots/web", body, "web");
    end(id,
        core::error(core::ErrorKind::Conflict,
                    "ports[0].host: 80:8080 is published by pot zqx-front; 'zqx-front' is no word of his"));
    const ParsedAnswer answer = call("PATCH", "/v1/pots/web", body, "Idempotency-Key: k-1\r\n");
    EXPECT_EQ(answer.header("Idempotency-Replayed"), "") << "an admin has keys of his own";
    const ParsedAnswer again = repeat("PATCH", "/v1/pots/web", body);
    expect_problem(again, 409, "conflict");
    EXPECT_NE(again.body.find("is published by another pot"), std::string::npos) << again.body;
}

TEST_F(RepeatedRequestTest, IsShownAPotAsItsOwnerSeesIt) {
    const Json body{{"labels", {{"a", "b"}}}};
    const std::string id = begin(core::OperationKind::Change, "PATCH", "/v1/pots/web", body, "web");
    change("web", id, {{"a", "b"}});
    end(id);
    const ParsedAnswer again = repeat("PATCH", "/v1/pots/web", body);
    EXPECT_EQ(again.status, 200) << again.body;
    const Json pot = Json::parse(again.body);
    EXPECT_EQ(pot["spec"]["labels"]["a"], "b");
    EXPECT_EQ(pot["spec"]["depends_on"], Json::array());
    EXPECT_EQ(json("/v1/pots/web")["spec"]["depends_on"], Json({"zqx-front"}));
}

TEST_F(RepeatedRequestTest, IsShownNoPotThatIsSomebodyElsesByNow) {
    const Json body{{"name", "new"}, {"base", "host"}, {"labels", {{"team", "web"}}}};
    const std::string id = begin(core::OperationKind::Create, "POST", "/v1/pots", body, "new");
    core::PotSpec spec;
    spec.name = "new";
    spec.base = "host";
    spec.labels = {{"team", "web"}};
    services.heart.ask<core::PotPtr>(
        [&](auto reply) { services.heart.pots->create(spec, reply, services.heart.operations->along(id)); });
    end(id);
    EXPECT_EQ(repeat("POST", "/v1/pots", body).status, 201);
    EXPECT_EQ(call("PATCH", "/v1/pots/new", {{"labels", {{"team", "db"}}}}).status, 200);
    EXPECT_EQ(call("POST", "/v1/pots/new/rename", {{"name", "zqx-new"}}).status, 200);
    const ParsedAnswer again = repeat("POST", "/v1/pots", body);
    EXPECT_EQ(again.status, 204);
    EXPECT_EQ(again.body, "");
}

}  // namespace
}  // namespace potd::test
