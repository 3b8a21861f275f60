// Volumes (fscomps): what pots share through them, that nothing of them is lost, and what is refused. By REST
// and by potctl, on the real kernel.
#include "tests/system/fixture.hpp"

#include <filesystem>
#include <thread>
#include <vector>

namespace potd::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

Json mount_of(const std::string& volume, const std::string& target, const std::string& mode = "rw") {
    return {{"fscomp", volume}, {"target", target}, {"mode", mode}};
}

Json with_mounts(std::vector<Json> mounts, Json spec = Json::object()) {
    spec["mounts"] = std::move(mounts);
    return spec;
}

class FscompTest : public SystemTest {
  protected:
    void TearDown() override {
        SystemTest::TearDown();
        for (const std::string& name : volumes_) {
            const int status = api.request("DELETE", "/v1/fscomps/" + name).status;
            EXPECT_TRUE(status == 204 || status == 404) << name << ": " << status;
            EXPECT_FALSE(fs::exists(potd().state_dir() / "fscomp" / name));
        }
    }
    /// A new one with a name of its own.
    std::string make() {
        const std::string name = fresh_name();
        volumes_.push_back(name);
        EXPECT_EQ(api.expect(201, "POST", "/v1/fscomps", {{"name", name}})["name"], name);
        return name;
    }
    static fs::path tree(const std::string& name) { return potd().state_dir() / "fscomp" / name / "root"; }
    Response patch(const std::string& pot, std::vector<Json> mounts) {
        return api.request("PATCH", "/v1/pots/" + pot, with_mounts(std::move(mounts)));
    }
    Response destroy_fscomp(const std::string& name) { return api.request("DELETE", "/v1/fscomps/" + name); }

  private:
    std::vector<std::string> volumes_;
};

TEST_F(FscompTest, TwoPotsShareOneAndItOutlivesThem) {
    const std::string site = make();
    const std::string writer = start(with_mounts({mount_of(site, "/srv/deep/site")}, idle()));
    const std::string reader = start(with_mounts({mount_of(site, "/data", "ro")}, idle()));
    EXPECT_EQ(api.exec(writer, {"sh", "-c", "echo hello > /srv/deep/site/file"})["exit_code"], 0);
    EXPECT_EQ(api.exec(reader, {"cat", "/data/file"})["stdout"], "hello\n");
    const Json refused = api.exec(reader, {"sh", "-c", "echo no > /data/file"});
    EXPECT_NE(refused["exit_code"], 0) << "it is read-only there";
    EXPECT_EQ(read_file(tree(site) / "file"), "hello\n");
    for (const std::string& pot : {writer, reader}) api.destroy(pot, true);
    EXPECT_EQ(output_of("cat /again/file", with_mounts({mount_of(site, "/again")})), "hello\n");
}

TEST_F(FscompTest, SaysHowBigItIsAndWhoUsesIt) {
    const std::string site = make();
    const std::string pot = create(with_mounts({mount_of(site, "/data", "ro")}, idle()));
    write_file(tree(site) / "big", std::string(200'000, 'x'));
    const Json shown = api.expect(200, "GET", "/v1/fscomps/" + site);
    EXPECT_GE(shown["bytes"], 200'000);
    EXPECT_EQ(shown["used_by"], Json::array({{{"pot", pot}, {"target", "/data"}, {"mode", "ro"}}}));
    const Json space = api.expect(200, "GET", "/v1/system/df");
    bool counted = false;
    for (const Json& one : space["fscomps"])
        counted = counted || (one["name"] == site && one["bytes"] >= 200'000 && one["pots"][0] == pot);
    EXPECT_TRUE(counted) << space;
    EXPECT_THAT(shell("potctl system df").out, HasSubstr(site));
}

TEST_F(FscompTest, RefusesWhatCannotBeByName) {
    const std::string site = make();
    EXPECT_EQ(api.request("POST", "/v1/fscomps", {{"name", site}}).status, 409);
    for (const char* name : {"", ".", "../x", "a b", "a\nb", "-x", "123"}) {
        const Response refused = api.request("POST", "/v1/fscomps", {{"name", name}});
        EXPECT_EQ(refused.status, 422) << name;
        EXPECT_EQ(problem_field(refused), "name") << name;
    }
    const auto refused = [&](std::vector<Json> mounts) {
        Json spec = with_mounts(std::move(mounts), idle());
        spec["name"] = fresh_name();
        spec["base"] = "host";
        const Response answer = api.request("POST", "/v1/pots", spec);
        EXPECT_EQ(answer.status, 422) << answer.describe();
        return answer;
    };
    const Response unknown = refused({mount_of("nowhere", "/data")});
    EXPECT_EQ(problem_field(unknown), "mounts[0].fscomp");
    EXPECT_THAT(unknown.body, HasSubstr("nowhere"));
    EXPECT_EQ(problem_field(refused({mount_of("a/b", "/data")})), "mounts[0].fscomp");
    EXPECT_EQ(problem_field(refused({mount_of(site, "/data"), mount_of(site, "/data")})), "mounts[1].target");
    EXPECT_EQ(problem_field(refused({mount_of(site, "/data/in"), mount_of(site, "/data")})),
              "mounts[1].target");
    EXPECT_EQ(problem_field(refused({mount_of(site, "/")})), "mounts[0].target");
    EXPECT_EQ(destroy_fscomp("nowhere").status, 404);
}

TEST_F(FscompTest, OneInUseStaysUntilItsPotsLetGo) {
    const std::string site = make();
    const std::string pot = start(with_mounts({mount_of(site, "/data")}, idle()));
    const Response used = destroy_fscomp(site);
    EXPECT_EQ(used.status, 409);
    EXPECT_THAT(used.body, HasSubstr(pot));
    const Response live = patch(pot, {});
    EXPECT_EQ(live.status, 409) << "it is mounted in the present run";
    EXPECT_EQ(problem_field(live), "mounts");
    EXPECT_THAT(live.body, HasSubstr("stop the pot first"));
    EXPECT_EQ(api.exec(pot, {"sh", "-c", "echo kept > /data/file"})["exit_code"], 0);
    api.stop(pot);
    EXPECT_EQ(destroy_fscomp(site).status, 409) << "its next run wants it";
    EXPECT_EQ(patch(pot, {}).status, 200);
    EXPECT_EQ(destroy_fscomp(site).status, 204);
    EXPECT_FALSE(fs::exists(tree(site)));
    EXPECT_EQ(patch(pot, {mount_of(site, "/data")}).status, 422);
}

TEST_F(FscompTest, OneThatIsAddedIsThereAtTheNextStart) {
    const std::string site = make();
    const std::string pot = start(idle());
    EXPECT_EQ(patch(pot, {mount_of(site, "/data")}).status, 200);
    EXPECT_NE(api.exec(pot, {"test", "-d", "/data"})["exit_code"], 0);
    EXPECT_EQ(destroy_fscomp(site).status, 409);
    api.stop(pot);
    api.start(pot);
    EXPECT_EQ(api.exec(pot, {"sh", "-c", "echo x > /data/file"})["exit_code"], 0);
    EXPECT_TRUE(fs::exists(tree(site) / "file"));
}

TEST_F(FscompTest, AUserNamespaceSeesItAsItsOwn) {
    const Json degraded = api.request("GET", "/v1/info").json()["degraded"];
    for (const Json& sentence : degraded) {
        const std::string text = sentence;
        if (text.rfind("security.user_namespace", 0) == 0) GTEST_SKIP() << text;
    }
    if (shell("uname").out != "Linux\n") GTEST_SKIP() << "jails have no user namespaces";
    const std::string site = make();
    const Json apart = {{"security", {{"user_namespace", "on"}}}};
    EXPECT_EQ(output_of("echo one > /data/a; stat -c %u:%g /data /data/a",
                        with_mounts({mount_of(site, "/data")}, apart)),
              "0:0\n0:0\n");
    EXPECT_EQ(output_of("cat /data/a; stat -c %u /data/a", with_mounts({mount_of(site, "/data")})),
              "one\n0\n");
}

TEST_F(FscompTest, ByHandAsInPot) {
    const std::string volume = fresh_name();
    const std::string pot = create(idle());
    const Outcome outcome = shell(
        "set -e; potctl create-fscomp -f " + volume + "; potctl create-fscomp -f " + volume +
        "; potctl add-fscomp -p " + pot + " -f " + volume + " -m /srv/site; potctl start " + pot +
        "; potctl exec " + pot + " sh -c 'echo it works > /srv/site/file'; potctl ls -f; potctl info -f " +
        volume + "; potctl mount-in -p " + pot + " -d /usr -m /mnt/usr -r; potctl stop " + pot +
        "; potctl start " + pot + "; potctl exec " + pot +
        " sh -c 'cat /srv/site/file; test -e /mnt/usr/bin/env'; potctl stop " + pot +
        "; potctl mount-out -p " + pot + " -m /srv/site; potctl destroy -f " + volume);
    EXPECT_EQ(outcome.status, 0) << outcome.describe();
    EXPECT_THAT(outcome.out, HasSubstr("it works\n"));
    EXPECT_THAT(outcome.out, HasSubstr("/srv/site rw"));
    EXPECT_THAT(outcome.err, HasSubstr("exists already"));
    EXPECT_EQ(shell("potctl destroy -f " + volume).status, 3);
    const std::string made = fresh_name();
    const Outcome bound =
        shell("set -e; potctl create-fscomp --quiet -f " + volume + "; potctl create -p " + made +
              " -b host --mount " + volume + ":/data:ro -- sleep 1000; potctl destroy " + made +
              "; potctl destroy -f " + volume);
    EXPECT_EQ(bound.status, 0) << bound.describe();
}

TEST_F(FscompTest, OfTwoRequestsAtOnceOneWins) {
    for (int round = 0; round < 5; ++round) {
        const std::string site = make();
        const std::string pot = fresh_name();
        Json spec = with_mounts({mount_of(site, "/data")}, idle());
        spec["name"] = pot;
        spec["base"] = "host";
        int removed = 0;
        std::thread other([&] { removed = potd().http("DELETE", "/v1/fscomps/" + site).status; });
        const int created = potd().http("POST", "/v1/pots", spec).status;
        other.join();
        EXPECT_TRUE((created == 201 && removed == 409) || (created == 422 && removed == 204))
            << created << " and " << removed;
        EXPECT_EQ(fs::exists(tree(site)), created == 201);
        if (created == 201) api.destroy(pot);
    }
}

/// Against kills of potd.
class FscompCrashTest : public OwnPotdTest {
  protected:
    [[nodiscard]] fs::path tree(const std::string& name) const {
        return potd.state_dir() / "fscomp" / name / "root";
    }
};

TEST_F(FscompCrashTest, SurvivesKillsOfPotdWithItsPots) {
    start_potd();
    PotApi first = api();
    first.expect(201, "POST", "/v1/fscomps", {{"name", "site"}});
    potd.kill9();
    potd.start();
    PotApi second = api();
    Json spec = with_mounts({mount_of("site", "/data")},
                            {{"name", "web"}, {"base", "host"}, {"command", sh("exec sleep 1000")}});
    second.create(spec);
    potd.kill9();
    potd.start();
    PotApi third = api();
    third.start("web");
    potd.kill9();
    potd.start();
    PotApi fourth = api();
    EXPECT_EQ(fourth.exec("web", {"sh", "-c", "echo kept > /data/file"})["exit_code"], 0) << "adopted";
    EXPECT_EQ(fourth.request("DELETE", "/v1/fscomps/site").status, 409);
    fourth.destroy("web", true);
    EXPECT_EQ(read_file(tree("site") / "file"), "kept\n");
    fourth.expect(204, "DELETE", "/v1/fscomps/site");
    potd.kill9();
    potd.start();
    EXPECT_EQ(api().request("GET", "/v1/fscomps/site").status, 404);
    EXPECT_FALSE(fs::exists(potd.state_dir() / "fscomp/site"));
}

TEST_F(FscompCrashTest, SweepsTreesThatNoRecordOwns) {
    start_potd();
    api().expect(201, "POST", "/v1/fscomps", {{"name", "site"}});
    write_file(tree("site") / "file", "kept");
    potd.kill9();
    write_file(potd.state_dir() / "fscomp/stray/root/file", "x");
    write_file(potd.state_dir() / "fscomp/.new-half/root/file", "x");
    potd.start();
    EXPECT_FALSE(fs::exists(potd.state_dir() / "fscomp/stray"));
    EXPECT_FALSE(fs::exists(potd.state_dir() / "fscomp/.new-half"));
    EXPECT_EQ(read_file(tree("site") / "file"), "kept");
    api().expect(201, "POST", "/v1/fscomps", {{"name", "stray"}});
}

}  // namespace
}  // namespace potd::test
