#include "tests/unit/api/routes_fixture.hpp"

#include <string>

namespace potd::test {
namespace {

class VolumeRoutesTest : public RoutesFixture {};

TEST_F(VolumeRoutesTest, FscompsAreMadeShownAndRemoved) {
    EXPECT_EQ(json("/v1/fscomps")["items"].size(), 0U);
    const ParsedAnswer made = call("POST", "/v1/fscomps", {{"name", "site"}});
    EXPECT_EQ(made.status, 201) << made.body;
    EXPECT_EQ(made.header("Location"), "/v1/fscomps/site");
    EXPECT_EQ(Json::parse(made.body)["used_by"], Json::array());
    expect_problem(call("POST", "/v1/fscomps", {{"name", "site"}}), 409, "conflict", "name");
    expect_problem(call("POST", "/v1/fscomps", {{"name", "a/b"}}), 422, "invalid_argument", "name");
    expect_problem(call("POST", "/v1/fscomps", {{"name", "x"}, {"nmae", "x"}}), 422, "unknown_field", "nmae");
    expect_problem(call("POST", "/v1/fscomps", Json::object()), 422, "missing_field", "name");
    ASSERT_EQ(call("POST", "/v1/fscomps", {{"name", "data"}}).status, 201);
    services.heart.volume_store.exist["site"] = 4711;
    EXPECT_EQ(json("/v1/fscomps/site")["bytes"], 4711);
    EXPECT_EQ(json("/v1/fscomps?limit=1")["next"], "data");
    EXPECT_EQ(json("/v1/fscomps?after=data")["items"][0]["name"], "site");
    EXPECT_TRUE(json("/v1/fscomps")["items"][1]["bytes"].is_null());
    EXPECT_EQ(json("/v1/fscomps?size=true")["items"][1]["bytes"], 4711);
    expect_problem(call("GET", "/v1/fscomps?size=big"), 422, "invalid_argument", "size");
    EXPECT_EQ(call("DELETE", "/v1/fscomps/data").status, 204);
    expect_problem(call("GET", "/v1/fscomps/data"), 404, "not_found");
    expect_problem(call("DELETE", "/v1/fscomps/data"), 404, "not_found");
}

TEST_F(VolumeRoutesTest, AnFscompSaysWhoMountsItAndStaysForThem) {
    ASSERT_EQ(call("POST", "/v1/fscomps", {{"name", "site"}}).status, 201);
    const auto mounts = [](const char* fscomp) {
        return Json{{"mounts", {{{"fscomp", fscomp}, {"target", "/var/www"}, {"mode", "ro"}}}}};
    };
    create("a", mounts("site"));
    EXPECT_EQ(json("/v1/fscomps/site")["used_by"],
              Json::array({{{"pot", "a"}, {"target", "/var/www"}, {"mode", "ro"}}}));
    EXPECT_EQ(json("/v1/pots/a")["spec"]["mounts"][0]["fscomp"], "site");
    expect_problem(call("DELETE", "/v1/fscomps/site"), 409, "conflict");
    expect_problem(call("PATCH", "/v1/pots/a", mounts("none")), 422, "invalid_argument", "mounts[0].fscomp");
    start("a");
    expect_problem(call("PATCH", "/v1/pots/a", {{"mounts", Json::array()}}), 409, "conflict", "mounts");
    const Json space = json("/v1/system/df");
    EXPECT_EQ(space["fscomps"],
              Json::array(
                  {{{"name", "site"}, {"bytes", 0}, {"snapshots", 0}, {"pots", {"a"}}, {"limit", nullptr}}}));
}

TEST_F(VolumeRoutesTest, AQuotaIsAskedForShownAndChanged) {
    expect_problem(call("POST", "/v1/fscomps", {{"name", "site"}, {"quota", "2M"}}), 422, "unsupported",
                   "quota");
    services.heart.volume_store.can_limit = true;
    expect_problem(call("POST", "/v1/fscomps", {{"name", "site"}, {"quota", "much"}}), 422,
                   "invalid_argument", "quota");
    const ParsedAnswer made = call("POST", "/v1/fscomps", {{"name", "site"}, {"quota", "2M"}});
    ASSERT_EQ(made.status, 201) << made.body;
    EXPECT_EQ(made.header("ETag"), "\"1\"");
    EXPECT_EQ(json("/v1/fscomps/site")["quota"], 2 << 20);
    const ParsedAnswer changed = call("PATCH", "/v1/fscomps/site", {{"quota", 4 << 20}});
    ASSERT_EQ(changed.status, 200) << changed.body;
    EXPECT_EQ(changed.header("ETag"), "\"2\"");
    EXPECT_EQ(json("/v1/system/df")["fscomps"][0]["limit"], 4 << 20);
    EXPECT_EQ(Json::parse(call("PATCH", "/v1/fscomps/site", Json::object()).body)["quota"], 4 << 20);
    services.heart.volume_store.exist["site"] = 3 << 20;
    expect_problem(call("PATCH", "/v1/fscomps/site", {{"quota", "1M"}}), 409, "conflict", "quota");
    expect_problem(call("PATCH", "/v1/fscomps/site", {{"qouta", "1M"}}), 422, "unknown_field", "qouta");
    expect_problem(call("PATCH", "/v1/fscomps/none", {{"quota", "1M"}}), 404, "not_found");
    EXPECT_TRUE(Json::parse(call("PATCH", "/v1/fscomps/site", {{"quota", nullptr}}).body)["quota"].is_null());
    EXPECT_TRUE(services.heart.volume_store.limits.empty());
}

TEST_F(VolumeRoutesTest, ALimitOfAPotIsRefusedByTheDriversName) {
    create("a");
    expect_problem(call("PATCH", "/v1/pots/a", {{"limits", {{"disk", "1G"}}}}), 422, "unsupported",
                   "limits.disk");
    services.heart.files.can.quotas = true;
    ASSERT_EQ(call("PATCH", "/v1/pots/a", {{"limits", {{"disk", "1G"}}}}).status, 200);
    EXPECT_EQ(json("/v1/pots/a")["spec"]["limits"]["disk"], 1 << 30);
    EXPECT_EQ(json("/v1/system/df")["pots"][0]["limit"], 1 << 30);
    ASSERT_EQ(call("PATCH", "/v1/pots/a", {{"limits", {{"disk", nullptr}}}}).status, 200);
    EXPECT_TRUE(json("/v1/system/df")["pots"][0]["limit"].is_null());
}

TEST_F(VolumeRoutesTest, MountsComeAndGoOneByOne) {
    create("a");
    start("a");
    const std::string place = "/v1/pots/a/mounts";
    const ParsedAnswer mounted = call("POST", place, {{"dir", "/srv"}, {"target", "/data"}, {"mode", "ro"}});
    ASSERT_EQ(mounted.status, 200) << mounted.body;
    EXPECT_EQ(Json::parse(mounted.body)["spec"]["mounts"][0]["target"], "/data");
    EXPECT_EQ(services.heart.live_mounts.shown[services.heart.key("a")].size(), 1U);
    expect_problem(call("POST", place, {{"dir", "/srv"}}), 422, "missing_field", "target");
    expect_problem(call("POST", place, {{"target", "/x"}}), 422, "invalid_argument", "dir");
    expect_problem(call("POST", place, {{"dir", "/srv"}, {"target", "/data"}}), 422, "invalid_argument",
                   "target");
    expect_problem(call("POST", place, {{"fscomp", "none"}, {"target", "/x"}}), 422, "invalid_argument",
                   "fscomp");
    expect_problem(call("DELETE", place), 422, "invalid_argument", "target");
    EXPECT_EQ(call("DELETE", place + "?target=/data").status, 200);
    expect_problem(call("DELETE", place + "?target=/data"), 404, "not_found", "target");
}

TEST_F(VolumeRoutesTest, SchedulesSnapshots) {
    const Json hourly{{"every", "1h"}, {"keep", 3}, {"keep_for", "7d"}};
    const ParsedAnswer made = call("POST", "/v1/fscomps", {{"name", "logs"}, {"snapshots", hourly}});
    ASSERT_EQ(made.status, 201) << made.body;
    EXPECT_EQ(Json::parse(made.body)["snapshots"], hourly);
    const std::string place = "/v1/fscomps/logs";
    const ParsedAnswer changed = call("PATCH", place, {{"snapshots", {{"keep", 5}}}});
    ASSERT_EQ(changed.status, 200) << changed.body;
    EXPECT_EQ(Json::parse(changed.body)["snapshots"]["keep"], 5);
    EXPECT_EQ(json(place)["snapshots"]["every"], "1h");
    expect_problem(call("PATCH", place, {{"snapshots", {{"keep", 0}}}}), 422, "invalid_argument",
                   "snapshots.keep");
    expect_problem(call("PATCH", place, {{"snapshots", {{"every", "0s"}}}}), 422, "invalid_argument",
                   "snapshots.every");
    expect_problem(call("PATCH", place, {{"snapshot", nullptr}}), 422, "unknown_field", "snapshot");
    expect_problem(call("PATCH", "/v1/fscomps/none", Json::object()), 404, "not_found");
    EXPECT_EQ(call("PATCH", place, {{"snapshots", nullptr}}).status, 200);
    EXPECT_TRUE(json(place)["snapshots"].is_null());
    expect_problem(call("PATCH", place, {{"snapshots", {{"keep", 5}}}}), 422, "invalid_argument",
                   "snapshots.every");
    expect_problem(call("POST", "/v1/fscomps", {{"name", "x"}, {"snapshots", {{"every", "1s"}}}}), 422,
                   "invalid_argument", "snapshots.every");
}

}  // namespace
}  // namespace potd::test
