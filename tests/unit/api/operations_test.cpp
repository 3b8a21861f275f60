// Requests as operations: keys, answers before the end, and what /v1/operations tells of them.
#include "tests/support/api_services.hpp"
#include "tests/unit/api/http_fixture.hpp"

#include <csignal>
#include <string>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace potd::test {

using Json = nlohmann::json;

namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

const std::string key_line = "Idempotency-Key: k-1\r\n";
const std::string async_line = "Prefer: wait=1, respond-async\r\n";

class OperationRoutesTest : public ::testing::Test {
  protected:
    OperationRoutesTest() {
        http.also = [this] { services.heart.loop.run(); };
        EXPECT_TRUE(http.listen().ok());
        services.heart.create("web");
    }

    ParsedAnswer call(const std::string& method, const std::string& path, const std::string& headers = "",
                      const Json& body = nullptr) {
        if (body.is_null())
            return http.ask(method + " " + path + " HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n");
        return http.ask(with_body(method, path, body.dump(), "application/json", headers));
    }
    Json json(const std::string& path) { return Json::parse(call("GET", path).body); }
    /// Sends a request that stays without an answer for now.
    std::unique_ptr<RawClient> begin(const std::string& method, const std::string& path,
                                     const std::string& headers = "") {
        auto client = http.connect();
        client->send(method + " " + path + " HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n");
        http.run_until(*client,
                       [&] { return json("/v1/operations?state=running")["items"].size() > under_way; });
        ++under_way;
        return client;
    }
    ParsedAnswer answer_to(RawClient& client) {
        http.run_until(client, [&] { return HttpFixture::is_whole(client.received); });
        return parse_answer(client.received);
    }
    static void expect_problem(const ParsedAnswer& answer, int status, const std::string& field) {
        EXPECT_EQ(answer.status, status) << answer.body;
        EXPECT_EQ(Json::parse(answer.body).value("field", ""), field) << answer.body;
    }

    fakes::ApiServices services;
    HttpFixture http{services.routes().router()};
    std::size_t under_way = 0;
};

TEST_F(OperationRoutesTest, ARepeatedRequestGetsTheFirstAnswerAndActsOnce) {
    const Json spec{{"name", "db"}, {"base", "host"}};
    const ParsedAnswer first = call("POST", "/v1/pots", key_line, spec);
    EXPECT_EQ(first.status, 201) << first.body;
    EXPECT_EQ(first.header("Idempotency-Replayed"), "");
    const ParsedAnswer again = call("POST", "/v1/pots", key_line, spec);
    EXPECT_EQ(again.status, 201);
    EXPECT_EQ(again.body, first.body);
    EXPECT_EQ(again.header("Location"), "/v1/pots/db");
    EXPECT_EQ(again.header("ETag"), first.header("ETag"));
    EXPECT_EQ(again.header("Idempotency-Replayed"), "true");

    const std::string other = "Idempotency-Key: k-2\r\n";
    EXPECT_EQ(call("POST", "/v1/pots/db/start", other).status, 200);
    EXPECT_EQ(call("POST", "/v1/pots/db/start", other).status, 200);
    EXPECT_EQ(json("/v1/pots/db")["run"]["number"], 1);
    EXPECT_EQ(call("DELETE", "/v1/pots/db?force=true", "Idempotency-Key: k-3\r\n").status, 204);
    EXPECT_EQ(call("DELETE", "/v1/pots/db?force=true", "Idempotency-Key: k-3\r\n").status, 204);
}

TEST_F(OperationRoutesTest, AKeyBelongsToOneRequest) {
    EXPECT_EQ(call("POST", "/v1/pots/web/start", key_line).status, 200);
    expect_problem(call("POST", "/v1/pots/web/stop", key_line), 422, "Idempotency-Key");
    expect_problem(call("POST", "/v1/pots/web/start", key_line, Json::object()), 422, "Idempotency-Key");
    EXPECT_EQ(json("/v1/pots/web")["state"], "running");
}

TEST_F(OperationRoutesTest, ABadKeyIsRefused) {
    for (const std::string& key :
         {std::string(), std::string(256, 'x'), std::string("a b"), std::string("\xc3\xa4")})
        expect_problem(call("POST", "/v1/pots/web/start", "Idempotency-Key: " + key + "\r\n"), 400,
                       "Idempotency-Key");
    expect_problem(call("POST", "/v1/pots/web/start", key_line + key_line), 400, "Idempotency-Key");
    EXPECT_EQ(call("POST", "/v1/pots/web/start", "Idempotency-Key: " + std::string(255, '~') + "\r\n").status,
              200);
}

TEST_F(OperationRoutesTest, WhoRepeatsARequestUnderWayJoinsIt) {
    services.heart.runtime.start_at_once = false;
    const auto first = begin("POST", "/v1/pots/web/start", key_line);
    auto second = http.connect();
    second->send("POST /v1/pots/web/start HTTP/1.1\r\nHost: x\r\n" + key_line + "\r\n");
    EXPECT_EQ(json("/v1/pots/web")["state"], "starting");
    services.heart.runtime.come_up(services.heart.key("web"));
    const ParsedAnswer one = answer_to(*first);
    const ParsedAnswer two = answer_to(*second);
    EXPECT_EQ(one.status, 200);
    EXPECT_EQ(two.status, 200);
    EXPECT_EQ(one.body, two.body);
    EXPECT_EQ(two.header("Idempotency-Replayed"), "true");
    EXPECT_EQ(json("/v1/pots/web")["run"]["number"], 1);
}

TEST_F(OperationRoutesTest, ARefusalIsRepeatedAMalformedRequestIsNot) {
    EXPECT_EQ(call("POST", "/v1/pots/none/start", key_line).status, 404);
    services.heart.create("none");
    const ParsedAnswer again = call("POST", "/v1/pots/none/start", key_line);
    EXPECT_EQ(again.status, 404);
    EXPECT_EQ(again.header("Idempotency-Replayed"), "true");
    const std::string other = "Idempotency-Key: k-2\r\n";
    expect_problem(call("POST", "/v1/pots/web/stop", other, {{"timeout", 5}}), 422, "timeout");
    EXPECT_EQ(json("/v1/operations")["items"].size(), 1U);
}

TEST_F(OperationRoutesTest, WhatActsPastTheStoreIsRecordedFirst) {
    services.heart.start("web");
    EXPECT_EQ(call("POST", "/v1/pots/web/kill", key_line, {{"signal", "USR1"}}).status, 200);
    EXPECT_EQ(call("POST", "/v1/pots/web/kill", key_line, {{"signal", "USR1"}}).status, 200);
    const auto& calls = services.heart.runtime.calls;
    EXPECT_EQ(std::count(calls.begin(), calls.end(), "signal 1 " + std::to_string(SIGUSR1)), 1);
    EXPECT_EQ(call("POST", "/v1/system/shutdown", "Idempotency-Key: k-2\r\n").status, 200);
    EXPECT_EQ(call("POST", "/v1/system/shutdown", "Idempotency-Key: k-2\r\n").status, 200);
    EXPECT_EQ(services.shutdowns, 1);
}

TEST_F(OperationRoutesTest, RespondsBeforeTheEndIfAsked) {
    services.heart.runtime.start_at_once = false;
    const ParsedAnswer accepted = call("POST", "/v1/pots/web/start", async_line);
    ASSERT_EQ(accepted.status, 202) << accepted.body;
    EXPECT_EQ(accepted.header("Preference-Applied"), "respond-async");
    const std::string place = accepted.header("Location");
    EXPECT_THAT(place, StartsWith("/v1/operations/"));
    const Json operation = Json::parse(accepted.body);
    EXPECT_EQ(operation["state"], "running");
    EXPECT_EQ(operation["kind"], "start");
    EXPECT_EQ(operation["pot"], "web");
    EXPECT_EQ(operation["run"], 1);
    EXPECT_EQ(operation["can_cancel"], true);
    EXPECT_EQ(operation["progress"]["message"], "launches");
    EXPECT_EQ(json(place), operation);
    services.heart.runtime.come_up(services.heart.key("web"));
    const Json ended = json(place + "?wait=10s");
    EXPECT_EQ(ended["state"], "done");
    EXPECT_EQ(ended["result"], "/v1/pots/" + json("/v1/pots/web")["id"].get<std::string>());
    EXPECT_NE(ended["ended_at"], nullptr);
    EXPECT_EQ(ended["error"], nullptr);
}

TEST_F(OperationRoutesTest, WhatIsRefusedAtOnceIsNotAccepted) {
    EXPECT_EQ(call("POST", "/v1/pots/none/start", async_line).status, 404);
    EXPECT_EQ(call("DELETE", "/v1/bases/none", async_line).status, 404);
    expect_problem(call("POST", "/v1/pots/web/stop", async_line, {{"timeout", 5}}), 422, "timeout");
    EXPECT_EQ(json("/v1/operations")["items"].size(), 0U);
}

TEST_F(OperationRoutesTest, EveryLongActionCanBeAnsweredBeforeItsEnd) {
    EXPECT_EQ(call("POST", "/v1/pots", async_line, {{"name", "db"}, {"base", "host"}}).status, 202);
    EXPECT_EQ(call("POST", "/v1/bases", async_line, {{"host", true}, {"name", "two"}}).status, 202);
    for (const char* verb : {"start", "pause", "resume", "restart", "stop"})
        EXPECT_EQ(call("POST", "/v1/pots/web/" + std::string(verb), async_line).status, 202) << verb;
    EXPECT_EQ(call("DELETE", "/v1/pots/web", async_line).status, 202);
    EXPECT_EQ(call("DELETE", "/v1/bases/two", async_line).status, 202);
    EXPECT_EQ(call("POST", "/v1/fscomps", async_line, {{"name", "site"}}).status, 202);
    EXPECT_EQ(call("DELETE", "/v1/fscomps/site", async_line).status, 202);
    EXPECT_EQ(call("POST", "/v1/system/prune", async_line).status, 202);
    EXPECT_EQ(call("POST", "/v1/system/shutdown", async_line).status, 202);
    const Json all = json("/v1/operations");
    for (const Json& operation : all["items"]) EXPECT_EQ(operation["state"], "done") << operation;
    EXPECT_EQ(services.shutdowns, 1);
}

TEST_F(OperationRoutesTest, AnAcceptedOneWithAKeyIsAcceptedAgain) {
    const ParsedAnswer first = call("POST", "/v1/pots/web/start", async_line + key_line);
    const ParsedAnswer again = call("POST", "/v1/pots/web/start", async_line + key_line);
    EXPECT_EQ(again.status, 202);
    EXPECT_EQ(again.body, first.body);
    EXPECT_EQ(again.header("Location"), first.header("Location"));
}

TEST_F(OperationRoutesTest, AFailureIsShownAsAProblem) {
    services.heart.runtime.start_at_once = false;
    const Json accepted = Json::parse(call("POST", "/v1/pots/web/start", async_line).body);
    services.heart.runtime.fail_launch(services.heart.key("web"),
                                       core::error(core::ErrorKind::Unsupported, "no such thing here"));
    services.heart.loop.run();
    const Json operation = json("/v1/operations/" + accepted["id"].get<std::string>());
    EXPECT_EQ(operation["state"], "failed");
    EXPECT_EQ(operation["error"]["code"], "unsupported");
    EXPECT_EQ(operation["error"]["operation"], accepted["id"]);
    EXPECT_THAT(operation["error"]["detail"].get<std::string>(), HasSubstr("no such thing here"));
    EXPECT_EQ(operation["can_cancel"], false);
}

TEST_F(OperationRoutesTest, CancelsAStart) {
    services.heart.runtime.start_at_once = false;
    const auto client = begin("POST", "/v1/pots/web/start");
    const Json running = json("/v1/operations?state=running")["items"][0];
    const std::string place = "/v1/operations/" + running["id"].get<std::string>();
    const ParsedAnswer cancelled = call("DELETE", place);
    EXPECT_EQ(cancelled.status, 200) << cancelled.body;
    EXPECT_EQ(Json::parse(cancelled.body)["state"], "cancelled");
    EXPECT_EQ(answer_to(*client).status, 409);
    EXPECT_EQ(json("/v1/pots/web")["state"], "stopped");
    EXPECT_EQ(call("DELETE", place).status, 409);
    EXPECT_EQ(call("DELETE", "/v1/operations/none").status, 404);
}

TEST_F(OperationRoutesTest, ShowsHowFarAnInstallationIs) {
    services.heart.base_store.hold = true;
    const ParsedAnswer accepted = call("POST", "/v1/bases", async_line, {{"release", "bookworm"}});
    ASSERT_EQ(accepted.status, 202) << accepted.body;
    const Json operation = json(accepted.header("Location"));
    EXPECT_EQ(operation["base"], "bookworm");
    const Json progress{{"current", 3}, {"total", 10}, {"unit", "bytes"}, {"message", "fetches bookworm"}};
    EXPECT_EQ(operation["progress"], progress);
    services.heart.base_store.finish();
    EXPECT_EQ(json(accepted.header("Location") + "?wait=1s")["result"], "/v1/bases/bookworm");
}

TEST_F(OperationRoutesTest, AnFscompIsMadeOnceForOneKey) {
    const Json body{{"name", "site"}};
    const ParsedAnswer first = call("POST", "/v1/fscomps", key_line, body);
    ASSERT_EQ(first.status, 201) << first.body;
    const ParsedAnswer again = call("POST", "/v1/fscomps", key_line, body);
    EXPECT_EQ(again.status, 201);
    EXPECT_EQ(again.body, first.body);
    const ParsedAnswer accepted = call("POST", "/v1/fscomps", async_line, {{"name", "data"}});
    const Json operation = json(accepted.header("Location"));
    EXPECT_EQ(operation["kind"], "create-fscomp");
    EXPECT_EQ(operation["fscomp"], "data");
    EXPECT_EQ(operation["result"], "/v1/fscomps/data");
}

TEST_F(OperationRoutesTest, ShowsHowManyAPruneHasRemoved) {
    for (const char* name : {"one", "two"}) {
        services.heart.create(name);
        EXPECT_EQ(call("PATCH", "/v1/pots/" + std::string(name), "", {{"prunable", true}}).status, 200);
        services.heart.start(name);
        services.heart.runtime.exit(services.heart.key(name), 0);
        services.heart.loop.run();
    }
    services.heart.journal.hold_durable();
    const auto client = begin("POST", "/v1/system/prune");
    const auto progress = [&] { return json("/v1/operations?state=running")["items"][0]["progress"]; };
    EXPECT_EQ(progress(),
              Json({{"current", 0}, {"total", 2}, {"unit", "pots"}, {"message", "removes pots"}}));
    services.heart.journal.release_durable();
    EXPECT_EQ(Json::parse(answer_to(*client).body)["removed"], Json({"one", "two"}));
    const Json ended = json("/v1/operations?order=desc&limit=1")["items"][0];
    EXPECT_EQ(ended["state"], "done");
    EXPECT_EQ(ended["progress"]["current"], nullptr);
}

TEST_F(OperationRoutesTest, ShowsHowManyPotsAShutdownHasStopped) {
    services.heart.create("db");
    for (const char* name : {"web", "db"}) services.heart.start(name);
    services.heart.runtime.obey_signals = false;
    const auto accepted = call("POST", "/v1/system/shutdown", async_line, {{"stop_pots", true}});
    ASSERT_EQ(accepted.status, 202) << accepted.body;
    const auto progress = [&] { return json(accepted.header("Location"))["progress"]; };
    EXPECT_EQ(progress(), Json({{"current", 0}, {"total", 2}, {"unit", "pots"}, {"message", "stops pots"}}));
    services.heart.runtime.exit(services.heart.key("db"), 0);
    services.heart.loop.run();
    EXPECT_EQ(progress()["current"], 1);
    services.heart.runtime.exit(services.heart.key("web"), 0);
    services.heart.loop.run();
    EXPECT_EQ(json(accepted.header("Location"))["state"], "done");
}

TEST_F(OperationRoutesTest, AWaitHasItsOwnEnd) {
    services.heart.runtime.start_at_once = false;
    const ParsedAnswer accepted = call("POST", "/v1/pots/web/start", async_line);
    const auto client = http.connect();
    client->send(get(accepted.header("Location") + "?wait=5s"));
    http.run_until(*client, [&] { return services.heart.timers.armed() > 0; });
    services.heart.timers.advance(core::milliseconds(5000));
    EXPECT_EQ(Json::parse(answer_to(*client).body)["state"], "running");
    expect_problem(call("GET", accepted.header("Location") + "?wait=5"), 422, "wait");
}

TEST_F(OperationRoutesTest, ListsInPages) {
    for (const char* verb : {"start", "stop", "start"}) call("POST", "/v1/pots/web/" + std::string(verb));
    Json page = json("/v1/operations?limit=2");
    ASSERT_EQ(page["items"].size(), 2U);
    EXPECT_EQ(page["items"][0]["kind"], "start");
    page = json("/v1/operations?limit=2&after=" + page["next"].get<std::string>());
    EXPECT_EQ(page["items"].size(), 1U);
    EXPECT_EQ(page["next"], nullptr);
    EXPECT_EQ(json("/v1/operations?order=desc&limit=1")["items"][0], page["items"][0]);
    EXPECT_EQ(json("/v1/operations?pot=db")["items"].size(), 0U);
    expect_problem(call("GET", "/v1/operations?state=odd"), 422, "state");
    expect_problem(call("GET", "/v1/operations?order=up"), 422, "order");
    expect_problem(call("GET", "/v1/operations?after=web"), 422, "after");
}

}  // namespace
}  // namespace potd::test
