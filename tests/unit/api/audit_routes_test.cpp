#include "tests/unit/api/routes_fixture.hpp"

#include <unistd.h>

namespace potd::test {
namespace {

class AuditRoutesTest : public RoutesFixture {
  protected:
    Json entries(const std::string& query = "") {
        const ParsedAnswer answer = call("GET", "/v1/audit" + query);
        EXPECT_EQ(answer.status, 200) << answer.body;
        return Json::parse(answer.body)["items"];
    }
    std::string secret_of(const std::string& role) {
        return Json::parse(call("POST", "/v1/tokens", {{"name", role}, {"role", role}}).body)
            .value("secret", "");
    }
    static std::string bearer(const std::string& secret) {
        return "Authorization: Bearer " + secret + "\r\n";
    }
    const std::string uid = std::to_string(::getuid());
};

TEST_F(AuditRoutesTest, WhatChangesIsRecordedWithWhoAndHowItEnded) {
    create("web");
    const ParsedAnswer changed =
        call("PATCH", "/v1/pots/web", {{"env", {{"A", "s3cr3t"}}}, {"labels", {{"b", "c"}}}},
             "X-Request-Id: mine\r\n");
    ASSERT_EQ(changed.status, 200) << changed.body;
    ASSERT_EQ(call("POST", "/v1/pots/web/pause").status, 409);
    const Json all = entries();
    ASSERT_EQ(all.size(), 3U) << all;
    EXPECT_EQ(all[0]["route"], "/v1/pots");
    EXPECT_EQ(all[0]["created"], "/v1/pots/web");
    EXPECT_EQ(all[0]["status"], 201);
    EXPECT_EQ(all[0]["pot"], nullptr);
    const Json& change = all[1];
    EXPECT_EQ(change["actor"], "uid " + uid);
    EXPECT_EQ(change["role"], "admin");
    EXPECT_TRUE(change["peer"].get<std::string>().starts_with("unix ")) << change;
    EXPECT_NE(change["peer"].get<std::string>().find(" uid " + uid), std::string::npos) << change;
    EXPECT_EQ(change["method"], "PATCH");
    EXPECT_EQ(change["route"], "/v1/pots/{name}");
    EXPECT_EQ(change["path"], "/v1/pots/web");
    EXPECT_EQ(change["pot"], "web");
    EXPECT_EQ(change["pot_id"], services.heart.pots->find("web")->id.text);
    EXPECT_EQ(change["request_id"], "mine");
    EXPECT_EQ(change["outcome"], "done");
    EXPECT_EQ(change["status"], 200);
    EXPECT_EQ(change["fields"], (Json{"env", "labels"}));
    EXPECT_EQ(all[2]["outcome"], "failed");
    EXPECT_EQ(all[2]["status"], 409);
    EXPECT_EQ(all.dump().find("s3cr3t"), std::string::npos);
    EXPECT_EQ(services.audited.size(), 3U) << "the copy";
}

TEST_F(AuditRoutesTest, WhatIsDeniedIsRecordedAlsoIfItOnlyReads) {
    const std::string viewer = secret_of("viewer");
    expect_problem(call("GET", "/v1/audit", nullptr, bearer(viewer)), 403, "permission_denied");
    expect_problem(call("DELETE", "/v1/pots/web", nullptr, bearer(viewer)), 403, "permission_denied");
    expect_problem(call("GET", "/v1/pots", nullptr, bearer("potd_wrong")), 401, "unauthenticated");
    EXPECT_EQ(call("GET", "/v1/pots", nullptr, bearer(viewer)).status, 200);
    const Json denied = entries("?outcome=denied");
    ASSERT_EQ(denied.size(), 3U) << denied;
    EXPECT_EQ(denied[0]["actor"], "token viewer");
    EXPECT_EQ(denied[0]["role"], "viewer");
    EXPECT_EQ(denied[0]["path"], "/v1/audit");
    EXPECT_EQ(denied[0]["status"], 403);
    EXPECT_EQ(denied[1]["pot"], "web") << "as it was asked for";
    EXPECT_EQ(denied[2]["actor"], "bad token");
    EXPECT_EQ(denied[2]["role"], nullptr);
    EXPECT_EQ(denied[2]["status"], 401);
    EXPECT_EQ(entries().size(), 4U) << "and the token that was made";
    EXPECT_EQ(entries().dump().find(viewer.substr(5)), std::string::npos);
}

TEST_F(AuditRoutesTest, AFieldThatIsDeniedAndAPotOutOfReachAreDenied) {
    create("db", {{"labels", {{"team", "db"}}}});
    const ParsedAnswer made =
        call("POST", "/v1/tokens", {{"name", "web"}, {"role", "developer"}, {"selector", "team=web"}});
    const std::string token = bearer(Json::parse(made.body).value("secret", ""));
    EXPECT_EQ(call("GET", "/v1/pots/db", nullptr, token).status, 404);
    const Json reaching{{"name", "x"}, {"base", "host"}, {"labels", {{"team", "web"}}}};
    expect_problem(call("POST", "/v1/pots", reaching, token), 403, "permission_denied", "network.type");
    const Json denied = entries("?outcome=denied&actor=token+web");
    ASSERT_EQ(denied.size(), 2U) << denied;
    EXPECT_EQ(denied[0]["status"], 404);
    EXPECT_EQ(denied[0]["pot"], "db");
    EXPECT_EQ(denied[1]["method"], "POST");
}

TEST_F(AuditRoutesTest, WhatReadsIsRecordedIfThatIsWanted) {
    EXPECT_EQ(call("GET", "/v1/pots").status, 200);
    EXPECT_TRUE(entries().empty());
    services.audit.set_reads(true);
    EXPECT_EQ(call("GET", "/v1/pots").status, 200);
    EXPECT_EQ(call("GET", "/v1/nowhere").status, 404);
    const Json all = entries();
    ASSERT_EQ(all.size(), 1U) << all;
    EXPECT_EQ(all[0]["route"], "/v1/pots");
}

TEST_F(AuditRoutesTest, AnEntryIsThereBeforeWhatItIsAbout) {
    create("web", {{"command", {"/bin/sleep", "9"}}});
    start("web");
    services.heart.runtime.obey_signals = false;
    auto client = http.connect();
    client->send("POST /v1/pots/web/stop HTTP/1.1\r\nHost: x\r\n\r\n");
    const auto& stored = services.heart.journal.recorded().audit;
    ASSERT_TRUE(http.run_until(*client, [&] { return stored.size() == 3; }));
    EXPECT_EQ(stored.rbegin()->second.entry.route, "/v1/pots/{name}/stop");
    EXPECT_EQ(stored.rbegin()->second.end.outcome, core::AuditOutcome::Unknown) << "it waits for the end";
    client = http.connect();  // the other end is gone
    ASSERT_TRUE(http.run_until(
        *client, [&] { return stored.rbegin()->second.end.outcome == core::AuditOutcome::Unanswered; }));
    EXPECT_EQ(entries("?outcome=unanswered").size(), 1U);
}

TEST_F(AuditRoutesTest, IsReadInPagesAndRefusesWhatItDoesNotKnow) {
    for (const char* name : {"a", "b", "c"}) create(name);
    const Json page = json("/v1/audit?limit=2");
    EXPECT_EQ(page["items"].size(), 2U);
    EXPECT_EQ(page["next"], "2");
    const Json rest = json("/v1/audit?limit=2&after=2");
    EXPECT_EQ(rest["items"].size(), 1U);
    EXPECT_EQ(rest["next"], nullptr);
    EXPECT_EQ(entries("?order=desc")[0]["created"], "/v1/pots/c");
    EXPECT_EQ(entries("?pot=b").size(), 1U);
    EXPECT_EQ(entries("?since=2999-01-01T00:00:00Z").size(), 0U);
    expect_problem(call("GET", "/v1/audit?outcome=good"), 422, "invalid_argument", "outcome");
    expect_problem(call("GET", "/v1/audit?after=x"), 422, "invalid_argument", "after");
    expect_problem(call("GET", "/v1/audit?order=up"), 422, "invalid_argument", "order");
    expect_problem(call("GET", "/v1/audit?until=x"), 422, "invalid_argument", "until");
    expect_problem(call("DELETE", "/v1/audit"), 405, "method_not_allowed");
}

}  // namespace
}  // namespace potd::test
