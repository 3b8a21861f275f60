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

/// A base in which scripts run, and flavours for it.
class BaseUpdatesTest : public BasesTest {
  protected:
    void SetUp() override {
        BasesTest::SetUp();
        if (IsSkipped()) return;
        api().expect(201, "POST", "/v1/pots", {{"name", "seed"}, {"base", "host"}});
        write_file(recipes_ / "change.sh", "#!/bin/sh\necho updating; echo two > /root/version\n");
        write_file(recipes_ / "broken.sh", "#!/bin/sh\necho three > /root/version; exit 3\n");
    }
    Json install_of_seed(bool base_pot) {
        return api().expect(201, "POST", "/v1/bases",
                            {{"name", "sys"}, {"pot", "seed"}, {"base_pot", base_pot}});
    }
    std::string recipe(const std::string& name) const { return (recipes_ / name).string(); }
    Json update(const std::string& flavour) {
        return api().expect(200, "POST", "/v1/bases/sys/update", {{"flavours", {recipe(flavour)}}});
    }
    /// What a new pot, or one that is there, finds.
    std::string version_in(const std::string& pot, bool is_new) {
        const Json spec = {{"name", pot}, {"base", "sys"}, {"command", sh("cat /root/version || echo none")}};
        if (is_new) api().create(spec);
        api().start(pot);
        api().wait(pot);
        return api().logs(pot, "stream=stdout&tail=1");
    }

    TempDir recipes_;
};

TEST_F(BaseUpdatesTest, NewPotsGetTheNextRevisionAndOthersStayOnTheirs) {
    install_of_seed(true);
    EXPECT_THAT(version_in("before", true), HasSubstr("none"));
    const Json now = update("change");
    EXPECT_EQ(now["revision"], 2);
    EXPECT_EQ(now["revisions"].size(), 2U);
    EXPECT_EQ(now["revisions"][0]["pots"], Json({"base-sys", "before"}));
    EXPECT_THAT(version_in("after", true), HasSubstr("two"));
    EXPECT_EQ(api().inspect("after")["base_revision"], 2);
    EXPECT_THAT(version_in("before", false), HasSubstr("none"));
    potd.kill9();
    potd.start();
    EXPECT_THAT(version_in("after", false), HasSubstr("two"));
    EXPECT_EQ(api().expect(200, "POST", "/v1/bases/sys/rollback", {{"revision", 1}})["revision"], 1);
    EXPECT_THAT(version_in("back", true), HasSubstr("none"));
    EXPECT_EQ(problem_field(api().request("POST", "/v1/bases/sys/rollback", {{"revision", 7}})), "revision");
    const Outcome info = potd.potctl({"info", "-b", "sys"});
    EXPECT_THAT(info.out, HasSubstr("base-sys")) << info.err;
    EXPECT_EQ(status("POST", "/v1/pots/base-sys/rollback"), 200) << "the snapshot from before the update";
    EXPECT_EQ(api().request("GET", "/v1/pots/base-sys/files?path=/root/version").status, 404);
}

TEST_F(BaseUpdatesTest, OneThatFailsLeavesEverythingAsItWas) {
    install_of_seed(true);
    const Response failed =
        api().request("POST", "/v1/bases/sys/update", {{"flavours", {recipe("change"), recipe("broken")}}});
    EXPECT_EQ(failed.status, 422);
    EXPECT_THAT(failed.body, HasSubstr("pot base-sys is as it was before"));
    EXPECT_EQ(base("sys")["revision"], 1);
    EXPECT_EQ(base("sys")["revisions"].size(), 1U);
    EXPECT_EQ(api().request("GET", "/v1/pots/base-sys/files?path=/root/version").status, 404);
    EXPECT_EQ(api().expect(200, "GET", "/v1/pots/base-sys/snapshots")["items"].size(), 0U);
    EXPECT_EQ(update("change")["revision"], 2);
}

TEST_F(BaseUpdatesTest, PotctlFollowsWhatItPrints) {
    install_of_seed(false);
    const Outcome done = potd.potctl({"update-base", "-b", "sys", "-f", recipe("change")});
    EXPECT_EQ(done.status, 0) << done.err;
    EXPECT_EQ(done.out, "revision 2\n");
    EXPECT_THAT(done.err, HasSubstr("updating"));
    EXPECT_EQ(status("GET", "/v1/pots/base-sys"), 404) << "made for the update alone";
    EXPECT_THAT(version_in("after", true), HasSubstr("two"));
    EXPECT_EQ(potd.potctl({"rollback-base", "-b", "sys", "-n", "1"}).out, "revision 1\n");
    EXPECT_EQ(potd.potctl({"update-base", "-b", "host"}).status, 1) << "it is the machine's";
}

TEST_F(BaseUpdatesTest, ARevisionGoesWithItsLastPot) {
    install_of_seed(false);
    EXPECT_THAT(version_in("first", true), HasSubstr("none"));
    update("change");
    update("change");
    const auto trees = [&] {
        std::size_t count = 0;
        for (const auto& entry : std::filesystem::directory_iterator(potd.state_dir() / "bases"))
            count += entry.path().filename().string().ends_with("sys") ? 1 : 0;
        return count;
    };
    EXPECT_EQ(trees(), 3U);
    api().destroy("first");
    EXPECT_TRUE(wait_until([&] { return trees() == 2; })) << "the present one and the one before";
    EXPECT_EQ(base("sys")["revisions"][0]["number"], 2);
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
