#include "tests/unit/api/routes_fixture.hpp"

#include <string>

#include <gmock/gmock.h>

namespace potd::test {
namespace {

using ::testing::HasSubstr;

class SystemRoutesTest : public RoutesFixture {};

TEST_F(SystemRoutesTest, TellsHealthReadinessAndWhatItIs) {
    EXPECT_EQ(json("/v1/health"), Json({{"status", "ok"}}));
    EXPECT_EQ(json("/v1/ready"), Json({{"status", "ready"}}));
    services.ready = core::error(core::ErrorKind::Unavailable, "3 pots are being looked after");
    expect_problem(call("GET", "/v1/ready"), 503, "unavailable");
    const Json info = json("/v1/info");
    EXPECT_EQ(info["version"], "0.1.0");
    EXPECT_EQ(info["platform"]["system"], "Linux");
    EXPECT_EQ(info["degraded"], Json({"no PSI"}));
    EXPECT_EQ(info["limits"], Json::parse(R"([{"name":"memory","enforced":true,"reason":null},)"
                                          R"({"name":"io_weight","enforced":false,"reason":"no bfq"}])"));
    EXPECT_EQ(json("/openapi.json")["openapi"], "3.1.0");
    EXPECT_THAT(call("GET", "/openapi.yaml").body, ::testing::StartsWith("openapi: 3.1.0"));
}

TEST_F(SystemRoutesTest, TellsWhatTheDiskIsUsedFor) {
    create("a");
    create("b");
    services.logs.prunable = {2, 77};  // of the first that is asked for
    ASSERT_EQ(call("POST", "/v1/pots/b/snapshots", {{"name", "old"}}).status, 201);
    const Json space = json("/v1/system/df");
    EXPECT_EQ(space["driver"], std::string(services.heart.files.name()));
    EXPECT_EQ(space["total"], 1000);
    EXPECT_EQ(space["free"], 400);
    EXPECT_EQ(space["bases"][0]["name"], "host");
    EXPECT_EQ(space["bases"][0]["pots"], Json({"a", "b"}));
    ASSERT_EQ(space["pots"].size(), 2U);
    EXPECT_EQ(space["pots"][0]["name"], "a");
    EXPECT_EQ(space["pots"][0]["log_bytes"], 77);
    ASSERT_EQ(space["snapshots"].size(), 1U);
    EXPECT_EQ(space["snapshots"][0]["pot"], "b");
    EXPECT_EQ(space["snapshots"][0]["name"], "old");
    // Two at a time are one survey.
    int answers = 0;
    for (int i = 0; i < 2; ++i)
        services.space.take([&](const core::Result<core::SpaceUse>& use) { answers += use.ok() ? 1 : 0; });
    services.heart.loop.run();
    EXPECT_EQ(answers, 2);
    services.room = core::error(core::ErrorKind::Internal, "the disk is gone");
    EXPECT_EQ(call("GET", "/v1/system/df").status, 500);
}

TEST_F(SystemRoutesTest, PressureSaysHowItStandsAndByWhatRules) {
    services.gauge.set(core::HostFigure::MemoryAvailable, 2.5);
    services.gauge.set(core::HostFigure::SwapFree, 0);
    services.gauge.set(core::HostFigure::PidsFree, std::nullopt);
    services.pressure.begin();
    const Json pressure = json("/v1/system/pressure");
    EXPECT_EQ(pressure["dry_run"], false);
    EXPECT_EQ(pressure["memory"], 1 << 30);
    const auto figure = [&](const std::string& name) {
        for (const Json& one : pressure["figures"]) {
            if (one["name"] == name) return one;
        }
        return Json();
    };
    EXPECT_EQ(figure("memory_available")["value"], 2.5);
    EXPECT_EQ(figure("pids_free")["value"], nullptr);
    EXPECT_EQ(figure("pids_free")["missing"], "nobody counts it");
    const Json& gone = pressure["rules"][0];
    EXPECT_EQ(gone["name"], "memory-gone");
    EXPECT_EQ(gone["when"], Json({"memory_available < 4%", "swap_free < 10%"}));
    EXPECT_EQ(gone["do"], Json({"kill"}));
    EXPECT_EQ(gone["settle"], "2s");
    EXPECT_EQ(gone["holds"], true);
    const Json info = json("/v1/info");
    EXPECT_NE(info["degraded"].dump().find("pids-gone never holds here"), std::string::npos);
}

TEST_F(SystemRoutesTest, EndsPotdAfterThePotsIfAsked) {
    create("a");
    start("a");
    EXPECT_EQ(call("POST", "/v1/system/shutdown").body, R"({"stopped":[]})");
    EXPECT_EQ(json("/v1/pots/a")["state"], "running");
    EXPECT_EQ(call("POST", "/v1/system/shutdown", {{"stop_pots", true}}).body, R"({"stopped":["a"]})");
    EXPECT_EQ(json("/v1/pots/a")["state"], "stopped");
    EXPECT_EQ(services.shutdowns, 2);
}

}  // namespace
}  // namespace potd::test
