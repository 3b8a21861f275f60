#include "tests/unit/api/routes_fixture.hpp"

#include <sys/stat.h>
#include <unistd.h>

namespace potd::test {
namespace {

class TokenRoutesTest : public RoutesFixture {
  protected:
    std::string secret_of(const Json& request) {
        const ParsedAnswer answer = call("POST", "/v1/tokens", request);
        EXPECT_EQ(answer.status, 201) << answer.body;
        EXPECT_EQ(answer.header("Cache-Control"), "no-store");
        return Json::parse(answer.body).value("secret", "");
    }
    ParsedAnswer with(const std::string& secret, const std::string& method, const std::string& path,
                      const Json& body = nullptr, const std::string& headers = {}) {
        return call(method, path, body, "Authorization: Bearer " + secret + "\r\n" + headers);
    }
    /// A stream that is open, with its first event there.
    std::unique_ptr<RawClient> listen(const std::string& secret) {
        auto client = http.connect();
        client->send(get("/v1/events?type=pot.created",
                         "Last-Event-ID: 0\r\nAuthorization: Bearer " + secret + "\r\n"));
        EXPECT_TRUE(http.run_until(
            *client, [&] { return client->received.find("event: pot.created") != std::string::npos; }));
        return client;
    }
    /// Whether it was closed once the server has looked.
    bool is_cut_off(RawClient& client) {
        http.timers.advance(core::milliseconds(1000));
        create("p" + std::to_string(++made_));  // which a stream that is open tells
        const std::string told = "\"pot\":\"p" + std::to_string(made_) + "\"";
        EXPECT_TRUE(http.run_until(
            client, [&] { return client.ended || client.received.find(told) != std::string::npos; }));
        return client.ended;
    }

  private:
    int made_ = 0;
};

TEST_F(TokenRoutesTest, ATokenHasItsRoleWhoeverUsesIt) {
    const std::string secret = secret_of({{"name", "look"}, {"role", "viewer"}});
    EXPECT_TRUE(secret.starts_with("potd_"));
    EXPECT_EQ(secret.size(), 69U);
    EXPECT_EQ(with(secret, "GET", "/v1/pots").status, 200);
    expect_problem(with(secret, "POST", "/v1/system/shutdown"), 403, "permission_denied");
    EXPECT_EQ(services.shutdowns, 0);
}

TEST_F(TokenRoutesTest, NothingThatIsKeptOrToldHasTheSecret) {
    const std::string secret = secret_of({{"name", "look"}, {"role", "viewer"}});
    EXPECT_EQ(with(secret, "GET", "/v1/pots").status, 200);
    const std::string bare = secret.substr(5);
    for (const char* path : {"/v1/tokens", "/v1/tokens/look", "/v1/operations"})
        EXPECT_EQ(call("GET", path).body.find(bare), std::string::npos) << path;
    const std::string events = call("GET", "/v1/events", nullptr, "Accept: application/json\r\n").body;
    EXPECT_NE(events.find("token.created"), std::string::npos);
    EXPECT_EQ(events.find(bare), std::string::npos);
    const auto stored = services.heart.journal.recorded().load().tokens;
    ASSERT_EQ(stored.size(), 1U);
    EXPECT_EQ(stored[0].hash.size(), 64U);
    EXPECT_EQ(stored[0].hash.find(bare), std::string::npos);
}

TEST_F(TokenRoutesTest, CredentialsThatAreNotGoodAreWorthNothing) {
    const std::string secret = secret_of({{"name", "look"}, {"role", "viewer"}, {"expires", "1s"}});
    const auto refused = [&](const std::string& line) {
        const ParsedAnswer answer = call("GET", "/v1/pots", nullptr, line);
        expect_problem(answer, 401, "unauthenticated");
        EXPECT_TRUE(answer.header("WWW-Authenticate").starts_with("Bearer"));
    };
    std::string changed = secret;
    changed.back() = changed.back() == '0' ? '1' : '0';
    refused("Authorization: Bearer " + changed + "\r\n");
    refused("Authorization: Bearer " + secret.substr(0, 30) + "\r\n");
    refused("Authorization: Bearer\r\n");
    refused("Authorization: Basic " + secret + "\r\n");
    refused("Authorization:\r\n");
    refused("Authorization: Bearer " + secret + "\r\nAuthorization: Bearer " + secret + "\r\n");
    EXPECT_EQ(with(secret, "GET", "/v1/pots").status, 200);
    services.heart.clock.advance(core::milliseconds(1000));
    refused("Authorization: Bearer " + secret + "\r\n");
    EXPECT_TRUE(json("/v1/tokens/look")["expired"].get<bool>());
}

TEST_F(TokenRoutesTest, ARevokedTokenLetsNobodyIn) {
    const std::string secret = secret_of({{"name", "root"}, {"role", "admin"}});
    EXPECT_EQ(with(secret, "GET", "/v1/tokens").status, 200);
    EXPECT_EQ(with(secret, "DELETE", "/v1/tokens/root").status, 204);
    expect_problem(with(secret, "GET", "/v1/tokens"), 401, "unauthenticated");
    expect_problem(call("DELETE", "/v1/tokens/root"), 404, "not_found");
}

TEST_F(TokenRoutesTest, ASelectorHoldsForOperationsToo) {
    const std::string web = secret_of({{"name", "web"}, {"role", "developer"}, {"selector", "team=web"}});
    const Json none{{"type", "none"}};
    create("db1", {{"labels", {{"team", "db"}}}});
    Json mine{{"name", "web1"}, {"base", "host"}, {"network", none}, {"labels", {{"team", "web"}}}};
    EXPECT_EQ(with(web, "POST", "/v1/pots", mine).status, 201);
    EXPECT_EQ(call("POST", "/v1/pots/db1/start").status, 200);
    EXPECT_EQ(with(web, "DELETE", "/v1/pots/web1").status, 204);
    const Json list = Json::parse(with(web, "GET", "/v1/operations").body);
    EXPECT_EQ(list["items"].size(), 2U) << list;
    for (const Json& operation : list["items"]) EXPECT_EQ(operation["pot"], "web1") << operation;
    const Json all = json("/v1/operations");
    for (const Json& operation : all["items"]) {
        const bool his = operation["pot"] == "web1";
        const std::string path = "/v1/operations/" + operation["id"].get<std::string>();
        EXPECT_EQ(with(web, "GET", path).status, his ? 200 : 404);
    }
    expect_problem(with(web, "GET", "/v1/tokens"), 403, "permission_denied");
}

TEST_F(TokenRoutesTest, ARevokedTokenHoldsNothingOpen) {
    create("a");
    const auto kept = listen(secret_of({{"name", "kept"}, {"role", "viewer"}}));
    const auto lost = listen(secret_of({{"name", "lost"}, {"role", "viewer"}}));
    EXPECT_FALSE(is_cut_off(*lost));
    EXPECT_EQ(call("DELETE", "/v1/tokens/lost").status, 204);
    EXPECT_TRUE(is_cut_off(*lost));
    EXPECT_FALSE(lost->received.ends_with("0\r\n\r\n")) << "it must not look whole";
    EXPECT_FALSE(is_cut_off(*kept));
}

TEST_F(TokenRoutesTest, AnExpiredTokenHoldsNothingOpen) {
    create("a");
    const auto client = listen(secret_of({{"name", "brief"}, {"role", "viewer"}, {"expires", "1h"}}));
    services.heart.clock.advance(core::milliseconds(3'599'999));
    EXPECT_FALSE(is_cut_off(*client));
    services.heart.clock.advance(core::milliseconds(1));
    EXPECT_TRUE(is_cut_off(*client));
}

TEST_F(TokenRoutesTest, ARevokedTokenWaitsForNothing) {
    create("a");
    start("a");
    const std::string secret = secret_of({{"name", "ci"}, {"role", "viewer"}});
    const auto client = http.connect();
    client->send(get("/v1/pots/a/wait", "Authorization: Bearer " + secret + "\r\n"));
    ASSERT_TRUE(http.run_until(*client, [&] { return http.server->figures().waiting == 1; }));
    EXPECT_EQ(call("DELETE", "/v1/tokens/ci").status, 204);
    http.timers.advance(core::milliseconds(1000));
    EXPECT_TRUE(http.run_until(*client, [&] { return client->ended; }));
    EXPECT_EQ(client->received, "");
}

TEST_F(TokenRoutesTest, WhoRevokesHisOwnIsToldSo) {
    const std::string secret = secret_of({{"name", "root"}, {"role", "admin"}});
    http.also = [this] {  // the server looks before it is stored
        http.timers.advance(core::milliseconds(1000));
        services.heart.loop.run();
    };
    EXPECT_EQ(with(secret, "DELETE", "/v1/tokens/root").status, 204);
}

TEST_F(TokenRoutesTest, OneMadeAgainUnderTheNameIsAnother) {
    const Json request{{"name", "ci"}, {"role", "developer"}, {"selector", "team=web"}};
    const std::string first = secret_of(request);
    const Json pot{
        {"name", "web1"}, {"base", "host"}, {"network", {{"type", "none"}}}, {"labels", {{"team", "web"}}}};
    const std::string key = "Idempotency-Key: k\r\n";
    EXPECT_EQ(with(first, "POST", "/v1/pots", pot, key).status, 201);
    EXPECT_EQ(with(first, "POST", "/v1/pots", pot, key).header("Idempotency-Replayed"), "true");
    EXPECT_EQ(with(first, "DELETE", "/v1/pots/web1").status, 204);
    const Json before = Json::parse(with(first, "GET", "/v1/operations").body)["items"];
    ASSERT_EQ(before.size(), 2U) << "those that he asked for, although the pot is gone";
    EXPECT_EQ(call("DELETE", "/v1/tokens/ci").status, 204);
    const std::string second = secret_of(request);
    EXPECT_EQ(Json::parse(with(second, "GET", "/v1/operations").body)["items"].size(), 0U);
    const std::string path = "/v1/operations/" + before[0]["id"].get<std::string>();
    expect_problem(with(second, "GET", path), 404, "not_found");
    const ParsedAnswer own = with(second, "POST", "/v1/pots", pot, key);
    EXPECT_EQ(own.status, 201) << "its keys are its own";
    EXPECT_EQ(own.header("Idempotency-Replayed"), "");
    EXPECT_EQ(services.audited.back().entry.actor, "token ci");
}

TEST_F(TokenRoutesTest, OnlyAdminsAreToldOfTokens) {
    create("a");
    const std::string viewer = secret_of({{"name", "secret-plan"}, {"role", "viewer"}});
    static_cast<void>(secret_of({{"name", "root"}, {"role", "admin"}}));
    EXPECT_EQ(call("DELETE", "/v1/tokens/root").status, 204);
    create("b");
    const std::string as_page = "Accept: application/json\r\n";
    const auto types = [&](const std::string& secret, const std::string& query) {
        const Json list = Json::parse(with(secret, "GET", "/v1/events" + query, nullptr, as_page).body);
        std::vector<std::string> all;
        for (const Json& event : list["items"]) all.push_back(event["type"]);
        return std::pair(all, list["next"]);
    };
    using Types = std::vector<std::string>;
    const Types others{"base.installed", "pot.created", "pot.created"};
    EXPECT_EQ(types(viewer, "").first, others);
    EXPECT_EQ(types(viewer, "?type=token.").first, Types());
    const std::string keeper = secret_of({{"name", "keeper"}, {"role", "admin"}});
    EXPECT_EQ(types(keeper, "?type=token.").first,
              (Types{"token.created", "token.created", "token.revoked", "token.created"}));
    // Page by page nothing is missed behind those that are left out.
    Types paged;
    for (std::string after = "0";;) {
        const auto [some, next] = types(viewer, "?limit=1&after=" + after);
        paged.insert(paged.end(), some.begin(), some.end());
        if (next.is_null()) break;
        after = next;
    }
    EXPECT_EQ(paged, others);
}

TEST_F(TokenRoutesTest, AStreamGoesOnPastEventsOfTokens) {
    create("a");
    const std::string viewer = secret_of({{"name", "secret-plan"}, {"role", "viewer"}});
    const auto client = http.connect();
    client->send(get("/v1/events", "Last-Event-ID: 0\r\nAuthorization: Bearer " + viewer + "\r\n"));
    const auto told = [&](std::string_view text) { return client->received.find(text) != std::string::npos; };
    ASSERT_TRUE(http.run_until(*client, [&] { return told("\"pot\":\"a\""); }));
    static_cast<void>(secret_of({{"name", "other-plan"}, {"role", "admin"}}));
    create("b");
    ASSERT_TRUE(http.run_until(*client, [&] { return told("\"pot\":\"b\""); }));
    EXPECT_FALSE(told("plan")) << client->received;
}

TEST_F(TokenRoutesTest, SaysWhatIsWrongWithARequest) {
    const auto refused = [&](const Json& request, const std::string& field) {
        expect_problem(call("POST", "/v1/tokens", request), 422, "invalid_argument", field);
    };
    refused({{"name", "a b"}, {"role", "viewer"}}, "name");
    refused({{"name", "a"}, {"role", "root"}}, "role");
    refused({{"name", "a"}, {"role", "viewer"}, {"selector", "x,,y"}}, "selector");
    refused({{"name", "a"}, {"role", "viewer"}, {"selector", ""}}, "selector");
    refused({{"name", "a"}, {"role", "viewer"}, {"expires", "soon"}}, "expires");
    refused({{"name", "a"}, {"role", "viewer"}, {"expires", "2001-01-01T00:00:00Z"}}, "expires");
    expect_problem(call("POST", "/v1/tokens", {{"name", "a"}}), 422, "missing_field", "role");
    static_cast<void>(secret_of({{"name", "a"}, {"role", "viewer"}}));
    expect_problem(call("POST", "/v1/tokens", {{"name", "a"}, {"role", "viewer"}}), 409, "conflict", "name");
}

TEST(TokenKeyTest, IsMadeOnceAndForItsOwnerAlone) {
    const TempDir directory;
    const std::string file = directory / "token.key";
    const auto first = api::TokenKey::open(file);
    ASSERT_TRUE(first) << first.error().message;
    struct stat facts {};
    ASSERT_EQ(::stat(file.c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 07777U, 0600U);
    EXPECT_EQ(facts.st_size, 32);
    const auto again = api::TokenKey::open(file);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->hash("potd_x"), first->hash("potd_x"));
    EXPECT_NE(api::TokenKey(std::string(32, 'k')).hash("potd_x"), first->hash("potd_x"));
    // RFC 4231, test case 2
    EXPECT_EQ(api::TokenKey("Jefe").hash("what do ya want for nothing?"),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    ASSERT_EQ(::chmod(file.c_str(), 0640), 0);
    EXPECT_EQ(api::TokenKey::open(file).error().kind, core::ErrorKind::PermissionDenied);
    ASSERT_EQ(::chmod(file.c_str(), 0600), 0);
    ASSERT_EQ(::truncate(file.c_str(), 31), 0);
    EXPECT_FALSE(api::TokenKey::open(file));
}

}  // namespace
}  // namespace potd::test
