#include "tests/unit/api/routes_fixture.hpp"

namespace potd::test {
namespace {

class PruneRoutesTest : public RoutesFixture {};

TEST_F(PruneRoutesTest, PrunesWhatMayGo) {
    for (const char* name : {"kept", "gone", "fresh", "busy"}) create(name, {{"prunable", name[0] != 'k'}});
    for (const char* name : {"kept", "gone", "busy"}) start(name);
    end_run("kept");
    end_run("gone");
    const ParsedAnswer answer = call("POST", "/v1/system/prune");
    EXPECT_EQ(answer.body, R"({"removed":["gone"],"bases":[],"runs":[],"logs":[],"bytes":0,"problems":[]})");
    EXPECT_EQ(json("/v1/pots")["items"].size(), 3U);
}

TEST_F(PruneRoutesTest, PrunesRunsAndLogs) {
    create("a");
    for (int i = 0; i < 3; ++i) {
        start("a");
        end_run("a");
    }
    services.logs.prunable = {2, 100};
    const Json ask = {{"kinds", {"runs", "logs"}}, {"dry_run", true}};
    const Json would = Json::parse(call("POST", "/v1/system/prune", ask).body);
    EXPECT_EQ(would["runs"], Json::parse(R"([{"pot":"a","runs":2,"bytes":0}])"));
    EXPECT_EQ(would["logs"], Json::parse(R"([{"pot":"a","files":2,"bytes":100}])"));
    EXPECT_EQ(would["bytes"], 100);
    EXPECT_EQ(json("/v1/pots/a/runs")["items"].size(), 3U);
    const auto pruned = [&](const Json& body) {
        return Json::parse(call("POST", "/v1/system/prune", body).body)["runs"];
    };
    EXPECT_EQ(pruned({{"kinds", {"runs"}}, {"keep", 2}})[0]["runs"], 1);
    EXPECT_EQ(pruned({{"kinds", {"runs"}}, {"older_than", "1h"}})[0]["runs"], 1) << "ended in 1970";
    EXPECT_EQ(pruned({{"kinds", {"runs"}}}), Json::array());
    EXPECT_EQ(json("/v1/pots/a/runs")["items"].size(), 1U);
}

TEST_F(PruneRoutesTest, SaysWhatIsWrongWithAPrune) {
    const auto refused = [&](const Json& body, const std::string& field) {
        expect_problem(call("POST", "/v1/system/prune", body), 422, "invalid_argument", field);
    };
    refused({{"kinds", {"runs", "dust"}}}, "kinds");
    refused({{"kinds", Json::array()}}, "kinds");
    refused({{"kinds", {"runs"}}, {"older_than", "-5m"}}, "older_than");
    refused({{"kinds", {"runs"}}, {"older_than", "old"}}, "older_than");
    refused({{"kinds", {"runs"}}, {"keep", -1}}, "keep");
    refused({{"older_than", "5m"}}, "older_than");
    refused({{"keep", 3}}, "keep");
    refused({{"kinds", {"runs"}}, {"grace", "1m"}}, "grace");
    create("a");
    services.logs.error = core::error(core::ErrorKind::PermissionDenied, "not allowed");
    expect_problem(call("POST", "/v1/system/prune", {{"kinds", {"logs"}}}), 403, "permission_denied");
}

}  // namespace
}  // namespace potd::test
