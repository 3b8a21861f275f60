// Bases and the pots that are made with them, on the driver that this machine's state directory gets.
#include "tests/system/fixture.hpp"

namespace potd::test {
namespace {

using ::testing::HasSubstr;

/// A potd of its own: bases are not a pot's, and the shared one keeps its own.
class BasesTest : public OwnPotdTest {
  protected:
    void SetUp() override {
        OwnPotdTest::SetUp();
        if (IsSkipped()) return;
        start_potd();
        write_file(tree_ / "etc/motd", "hello");
    }
    Json install(const std::string& name, const Json& more = Json::object()) {
        Json body = {{"name", name}, {"directory", tree_.path().string()}};
        body.update(more);
        return api().expect(201, "POST", "/v1/bases", body);
    }
    Json base(const std::string& name) { return api().expect(200, "GET", "/v1/bases/" + name); }
    int status(const std::string& method, const std::string& path) {
        return api().request(method, path).status;
    }

    TempDir tree_;
};

TEST_F(BasesTest, ABasePotComesAndGoesWithItsBase) {
    const Json made = install("1.2", {{"base_pot", true}});
    EXPECT_EQ(made["base_pot"], "base-1_2");
    const Json pot = api().inspect("base-1_2");
    EXPECT_EQ(pot["spec"]["level"], 0);
    EXPECT_EQ(pot["spec"]["persistent"], true);
    EXPECT_EQ(status("DELETE", "/v1/pots/base-1_2?force=true"), 409);
    EXPECT_EQ(status("POST", "/v1/pots/base-1_2/snapshots"), 201);
    api().expect(201, "POST", "/v1/pots", {{"name", "web"}, {"base", "1.2"}, {"command", {"/bin/true"}}});
    EXPECT_EQ(base("1.2")["pots"], Json({"web"}));
    EXPECT_THAT(api().request("DELETE", "/v1/bases/1.2").body, HasSubstr("used by web"));
    potd.kill9();
    potd.start();
    EXPECT_EQ(api().inspect("base-1_2")["state"], "created");
    EXPECT_EQ(status("DELETE", "/v1/pots/web"), 204);
    EXPECT_EQ(status("DELETE", "/v1/bases/1.2"), 204);
    EXPECT_EQ(status("GET", "/v1/pots/base-1_2"), 404);
}

TEST_F(BasesTest, ItIsTheWritableViewOfItsBase) {
    install("small", {{"base_pot", true}});
    const Response seen = api().request("GET", "/v1/pots/base-small/files?path=/etc/motd");
    EXPECT_EQ(seen.status, 200);
    EXPECT_THAT(seen.body, HasSubstr("hello"));
}

TEST_F(BasesTest, AStoppedPotBecomesABase) {
    const Json spec = {
        {"name", "web"}, {"base", "host"}, {"command", sh("echo made > /root/file; rm -rf /root/.profile")}};
    EXPECT_EQ(api().run(spec)["exit_code"], 0);
    const Json made = api().expect(201, "POST", "/v1/bases", {{"name", "web-base"}, {"pot", "web"}});
    EXPECT_EQ(made["source"], "pot");
    EXPECT_EQ(made["origin"], "web");
    api().expect(201, "POST", "/v1/pots/web/snapshots", {{"name", "first"}});
    EXPECT_EQ(status("DELETE", "/v1/pots/web"), 204);
    const Json second =
        api().run({{"name", "second"}, {"base", "web-base"}, {"command", sh("cat /root/file")}});
    EXPECT_EQ(second["exit_code"], 0);
    EXPECT_THAT(api().logs("second"), HasSubstr("made"));
    potd.kill9();
    potd.start();
    EXPECT_EQ(base("web-base")["pots"], Json({"second"}));
}

TEST_F(BasesTest, APotThatRunsGivesItsSnapshots) {
    api().expect(
        201, "POST", "/v1/pots",
        {{"name", "web"}, {"base", "host"}, {"command", sh("echo made > /root/file; exec sleep 1000")}});
    api().expect(201, "POST", "/v1/pots/web/snapshots", {{"name", "empty"}});
    api().start("web");
    const Response refused = api().request("POST", "/v1/bases", {{"name", "x"}, {"pot", "web"}});
    EXPECT_EQ(refused.status, 409);
    EXPECT_EQ(problem_field(refused), "pot");
    api().expect(201, "POST", "/v1/bases", {{"name", "x"}, {"pot", "web"}, {"snapshot", "newest"}});
    EXPECT_EQ(base("x")["origin"], "web@empty");
    EXPECT_FALSE(std::filesystem::exists(potd.state_dir() / "bases/x/root/file"));
    api().destroy("web", true);
}

TEST_F(BasesTest, ATakenNameStopsTheInstallationAtOnce) {
    api().expect(201, "POST", "/v1/pots", {{"name", "base-small"}, {"base", "host"}});
    const Response refused = api().request(
        "POST", "/v1/bases", {{"name", "small"}, {"directory", tree_.path().string()}, {"base_pot", true}});
    EXPECT_EQ(refused.status, 409);
    EXPECT_EQ(problem_field(refused), "base_pot");
    EXPECT_EQ(status("GET", "/v1/bases/small"), 404);
    EXPECT_FALSE(std::filesystem::exists(potd.state_dir() / "bases/small"));
    EXPECT_EQ(install("small")["base_pot"], nullptr);
}

}  // namespace
}  // namespace potd::test
