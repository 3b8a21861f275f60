#include "tests/unit/api/routes_fixture.hpp"

#include <string>

namespace potd::test {
namespace {

class FscompSnapshotRoutesTest : public RoutesFixture {
  protected:
    void SetUp() override {
        RoutesFixture::SetUp();
        ASSERT_EQ(call("POST", "/v1/fscomps", {{"name", "site"}}).status, 201);
        write(100);
    }
    void write(std::int64_t bytes) { services.heart.volume_store.exist["site"] = bytes; }
    const std::string all = "/v1/fscomps/site/snapshots";
};

TEST_F(FscompSnapshotRoutesTest, TakesShowsAndRemovesThem) {
    const ParsedAnswer taken = call("POST", all, {{"name", "a"}});
    ASSERT_EQ(taken.status, 201) << taken.body;
    EXPECT_EQ(taken.header("Location"), all + "/a");
    EXPECT_EQ(Json::parse(taken.body)["number"], 1);
    EXPECT_TRUE(Json::parse(taken.body)["size"].is_null());
    write(200);
    ASSERT_EQ(call("POST", all).status, 201);
    EXPECT_EQ(json(all)["items"][0]["name"], "a");
    EXPECT_EQ(json(all)["items"][1]["size"], 200);
    EXPECT_EQ(json("/v1/system/df")["fscomps"][0]["snapshots"], 300);
    EXPECT_EQ(json(all + "/2")["fscomp"], "site");
    expect_problem(call("POST", all, {{"name", "a"}}), 409, "conflict", "name");
    expect_problem(call("POST", all, {{"name", "a/b"}}), 422, "invalid_argument", "name");
    expect_problem(call("GET", all + "/none"), 404, "not_found", "snapshot");
    expect_problem(call("GET", "/v1/fscomps/none/snapshots"), 404, "not_found");
    EXPECT_EQ(call("DELETE", all + "/a").status, 204);
    expect_problem(call("DELETE", all + "/a"), 404, "not_found", "snapshot");
    expect_problem(call("DELETE", all + "?keep=-1"), 422, "invalid_argument", "keep");
    const ParsedAnswer purged = call("DELETE", all + "?keep=0");
    EXPECT_EQ(purged.status, 200);
    EXPECT_EQ(Json::parse(purged.body)["items"], Json::array());
}

TEST_F(FscompSnapshotRoutesTest, FiltersByLabel) {
    const Json labels{{"kind", "nightly"}};
    const ParsedAnswer taken = call("POST", all, {{"name", "a"}, {"labels", labels}});
    ASSERT_EQ(taken.status, 201) << taken.body;
    EXPECT_EQ(Json::parse(taken.body)["labels"], labels);
    ASSERT_EQ(call("POST", all, {{"name", "b"}}).status, 201);
    EXPECT_EQ(json(all + "/a")["labels"], labels);
    EXPECT_EQ(json(all + "/b")["labels"], Json::object());
    for (const char* filter : {"?label=kind", "?label=kind%3Dnightly"}) {
        ASSERT_EQ(json(all + filter)["items"].size(), 1U) << filter;
        EXPECT_EQ(json(all + filter)["items"][0]["name"], "a");
    }
    EXPECT_EQ(json(all + "?label=kind%3Dhourly")["items"], Json::array());
    expect_problem(call("GET", all + "?label=%3Dx"), 422, "invalid_argument", "label");
    expect_problem(call("DELETE", all + "?label="), 422, "invalid_argument", "label");
    expect_problem(call("POST", all, {{"labels", {{"", "x"}}}}), 422, "invalid_argument", "labels");
    expect_problem(call("POST", all, {{"labels", "x"}}), 422, "invalid_argument", "labels");
    const ParsedAnswer purged = call("DELETE", all + "?keep=0&label=kind");
    ASSERT_EQ(purged.status, 200) << purged.body;
    ASSERT_EQ(Json::parse(purged.body)["items"].size(), 1U);
    EXPECT_EQ(Json::parse(purged.body)["items"][0]["name"], "b");
}

TEST_F(FscompSnapshotRoutesTest, GoesBackAndMakesAnother) {
    ASSERT_EQ(call("POST", all, {{"name", "a"}}).status, 201);
    write(200);
    const ParsedAnswer back = call("POST", "/v1/fscomps/site/rollback", {{"snapshot", "a"}});
    EXPECT_EQ(back.status, 200) << back.body;
    EXPECT_EQ(Json::parse(back.body)["name"], "site");
    EXPECT_EQ(json("/v1/fscomps/site")["bytes"], 100);
    expect_problem(call("POST", "/v1/fscomps/site/rollback", {{"snapshot", "b"}}), 404, "not_found",
                   "snapshot");
    const ParsedAnswer made = call("POST", "/v1/fscomps/site/clone", {{"name", "copy"}});
    ASSERT_EQ(made.status, 201) << made.body;
    EXPECT_EQ(made.header("Location"), "/v1/fscomps/copy");
    EXPECT_EQ(json("/v1/fscomps/copy")["bytes"], 100);
    expect_problem(call("POST", "/v1/fscomps/site/clone", {{"name", "copy"}}), 409, "conflict", "name");
    expect_problem(call("POST", "/v1/fscomps/site/clone", Json::object()), 422, "missing_field", "name");
    expect_problem(call("POST", "/v1/fscomps/copy/clone", {{"name", "more"}}), 409, "conflict",
                   "take_snapshot");
}

}  // namespace
}  // namespace potd::test
