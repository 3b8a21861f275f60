// Mounts of pots that run: they come and go at once, only where they are meant to be, and whatever the pot
// has laid in the way.
#include "tests/system/fixture.hpp"

#include <filesystem>
#include <vector>

#include <sys/stat.h>

namespace potd::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

/// Each pot there has a list of its mounts, of its own.
bool tells_mounts() {
    return fs::exists("/proc/self/mountinfo");
}

class LiveMountsTest : public SystemTest, public ::testing::WithParamInterface<const char*> {
  protected:
    void SetUp() override {
        SystemTest::SetUp();
        if (IsSkipped()) return;
        write_file(source_ / "file", "from outside\n");
        ::chmod(source_.path().c_str(), 0755);
        const Json degraded = api.request("GET", "/v1/info").json()["degraded"];
        for (const Json& sentence : degraded) {
            const std::string text = sentence;
            if (apart() && text.rfind("security.user_namespace", 0) == 0) GTEST_SKIP() << text;
        }
    }
    static bool apart() { return std::string(GetParam()) == "UserNamespace"; }
    std::string start_pot(Json spec = idle()) {
        if (apart()) spec["security"]["user_namespace"] = "on";
        return start(std::move(spec));
    }
    Json here(const std::string& target, const char* mode = "rw") const {
        return {{"dir", source_.path().string()}, {"target", target}, {"mode", mode}};
    }
    Response mount(const std::string& pot, const Json& mount) {
        return api.request("POST", "/v1/pots/" + pot + "/mounts", mount);
    }
    Response unmount(const std::string& pot, const std::string& target) {
        return api.request("DELETE", "/v1/pots/" + pot + "/mounts?target=" + target);
    }
    std::string inside(const std::string& pot, const std::string& script) {
        const Json done = api.exec(pot, {"sh", "-c", script});
        return done["stdout"].get<std::string>() + done["stderr"].get<std::string>();
    }
    std::size_t in_spec(const std::string& pot) { return api.inspect(pot)["spec"]["mounts"].size(); }

    TempDir source_;
};

TEST_P(LiveMountsTest, ComeAndGoWhileThePotRuns) {
    const std::string pot = start_pot();
    const Response mounted = mount(pot, here("/data/deep"));
    ASSERT_EQ(mounted.status, 200) << mounted.describe();
    EXPECT_EQ(inside(pot,
                     "cat /data/deep/file; echo back > /data/deep/new; "
                     "ls -lnd /data /data/deep | awk '{print $3 \":\" $4}'"),
              "from outside\n0:0\n0:0\n");
    EXPECT_EQ(read_file(source_ / "new"), "back\n");
    if (tells_mounts()) {
        EXPECT_THAT(inside(pot, "grep ' /data/deep ' /proc/self/mountinfo"), HasSubstr("nosuid,nodev"));
    }
    ASSERT_EQ(unmount(pot, "/data/deep").status, 200);
    EXPECT_EQ(inside(pot, "ls /data/deep"), "");
    EXPECT_EQ(in_spec(pot), 0U);
    EXPECT_EQ(unmount(pot, "/data/deep").status, 404);
}

TEST_P(LiveMountsTest, AreThereAfterARestartToo) {
    const std::string pot = start_pot();
    ASSERT_EQ(mount(pot, here("/data", "ro")).status, 200);
    EXPECT_THAT(inside(pot, "echo x > /data/no"), HasSubstr("Read-only"));
    api.act(pot, "restart");
    EXPECT_EQ(inside(pot, "cat /data/file"), "from outside\n");
    EXPECT_THAT(inside(pot, "echo x > /data/no"), HasSubstr("Read-only"));
    if (tells_mounts()) {
        EXPECT_EQ(inside(pot, "grep -c ' /data ' /proc/self/mountinfo"), "1\n");
    }
    EXPECT_EQ(unmount(pot, "/data").status, 200) << "one that was made by the launch";
    EXPECT_EQ(inside(pot, "ls /data"), "");
}

TEST_P(LiveMountsTest, WhatIsInUseStays) {
    const std::string pot = start_pot();
    ASSERT_EQ(mount(pot, here("/data")).status, 200);
    inside(pot, "cd /data && (sleep 1000 >/dev/null 2>&1 &)");
    const Response busy = unmount(pot, "/data");
    EXPECT_EQ(busy.status, 409) << busy.describe();
    EXPECT_EQ(in_spec(pot), 1U);
    EXPECT_EQ(inside(pot, "cat /data/file"), "from outside\n");
    api.stop(pot);
    EXPECT_EQ(unmount(pot, "/data").status, 200);
}

TEST_P(LiveMountsTest, LinksOfThePotLeadNowhereElse) {
    const std::string pot = start_pot();
    const std::string outside = (source_ / "outside").string();
    fs::create_directory(outside);
    inside(pot, "ln -s ../../../../.." + outside + " /up; ln -s " + outside +
                    " /absolute; ln -s /proc/1/root" + outside + " /magic; mkdir /real; ln -s real /good");
    for (const char* link : {"/up/x", "/absolute/x", "/magic/x"}) static_cast<void>(mount(pot, here(link)));
    EXPECT_TRUE(fs::is_empty(outside)) << "made outside";
    if (tells_mounts()) {
        EXPECT_THAT(read_file("/proc/self/mountinfo"), Not(HasSubstr(outside)));
    }
    const Response good = mount(pot, here("/good/in"));
    ASSERT_EQ(good.status, 200) << good.describe();
    EXPECT_EQ(inside(pot, "cat /real/in/file"), "from outside\n");
    // Now the link leads to something else: that is not what was mounted.
    inside(pot, "rm /good; mkdir -p /other/in; ln -s other /good");
    EXPECT_EQ(unmount(pot, "/good/in").status, 200) << "the spec alone: there is nothing of ours";
    EXPECT_EQ(inside(pot, "cat /real/in/file"), "from outside\n") << "left for the end of the run";
}

TEST_P(LiveMountsTest, OneThatCannotBeMadeIsNotInTheSpec) {
    Json spec = idle();
    if (tells_mounts()) spec["security"]["read_only_root"] = true;
    const std::string pot = start_pot(spec);
    if (!tells_mounts()) inside(pot, "echo a file > /not-there");
    const Response refused = mount(pot, here("/not-there"));
    EXPECT_GE(refused.status, 400) << refused.describe();
    EXPECT_EQ(in_spec(pot), 0U);
    EXPECT_EQ(mount(pot, here("/srv")).status, 200) << "which is there";
    EXPECT_EQ(inside(pot, "cat /srv/file"), "from outside\n");
    Json missing = here("/mnt");
    missing["dir"] = (source_ / "missing").string();
    EXPECT_GE(mount(pot, missing).status, 400);
    EXPECT_EQ(problem_field(mount(pot, here("/srv"))), "target");
    EXPECT_EQ(problem_field(mount(pot, {{"fscomp", "nowhere"}, {"target", "/x"}})), "fscomp");
    EXPECT_EQ(mount(pot, {{"tmpfs", true}, {"target", "/fast"}}).status, 409);
    EXPECT_EQ(in_spec(pot), 1U);
}

TEST_P(LiveMountsTest, AVolumeIsFreeOnceItIsOut) {
    const std::string volume = fresh_name();
    const std::string pot = start_pot();
    const Outcome in =
        shell("set -e; potctl create-fscomp --quiet -f " + volume + "; potctl mount-in -p " + pot + " -f " +
              volume + " -m /data; potctl exec " + pot + " sh -c 'echo x > /data/file'");
    EXPECT_EQ(in.status, 0) << in.describe();
    EXPECT_EQ(in.err, "");
    EXPECT_EQ(shell("potctl destroy -f " + volume).status, 4);
    const Outcome out =
        shell("set -e; potctl mount-out -p " + pot + " -m /data; potctl destroy -f " + volume);
    EXPECT_EQ(out.status, 0) << out.describe();
    EXPECT_EQ(inside(pot, "ls /data"), "");
}

TEST_P(LiveMountsTest, AFileIsMountedAsAFile) {
    const std::string pot = start_pot();
    Json file = here("/etc/deep/file", "ro");
    file["dir"] = (source_ / "file").string();
    const Response mounted = mount(pot, file);
    if (!tells_mounts()) {
        EXPECT_EQ(mounted.status, 422) << mounted.describe();
        EXPECT_EQ(in_spec(pot), 0U);
        return;
    }
    ASSERT_EQ(mounted.status, 200);
    EXPECT_EQ(inside(pot, "cat /etc/deep/file"), "from outside\n");
    EXPECT_EQ(unmount(pot, "/etc/deep/file").status, 200);
    EXPECT_EQ(inside(pot, "cat /etc/deep/file"), "");
}

TEST_P(LiveMountsTest, APausedPotSeesItWhenItGoesOn) {
    const std::string pot = start_pot();
    api.act(pot, "pause");
    EXPECT_EQ(mount(pot, here("/data")).status, 200);
    api.act(pot, "resume");
    EXPECT_EQ(inside(pot, "cat /data/file"), "from outside\n");
}

std::vector<const char*> kinds() {
    if (tells_mounts()) return {"Plain", "UserNamespace"};
    return {"Plain"};
}
INSTANTIATE_TEST_SUITE_P(Of, LiveMountsTest, ::testing::ValuesIn(kinds()),
                         [](const auto& kind) { return std::string(kind.param); });

/// Against kills of potd.
class LiveMountsCrashTest : public OwnPotdTest {};

TEST_F(LiveMountsCrashTest, GoOnAfterAKill) {
    start_potd();
    const TempDir source("potd-source");
    write_file(source / "file", "kept\n");
    PotApi first = api();
    first.create({{"name", "web"}, {"base", "host"}, {"command", sh("exec sleep 1000")}});
    first.start("web");
    const Json mount = {{"dir", source.path().string()}, {"target", "/data"}};
    first.expect(200, "POST", "/v1/pots/web/mounts", mount);
    potd.kill9();
    potd.start();
    PotApi second = api();
    EXPECT_EQ(second.exec("web", {"cat", "/data/file"})["stdout"], "kept\n");
    second.expect(200, "DELETE", "/v1/pots/web/mounts?target=/data");
    EXPECT_NE(second.exec("web", {"cat", "/data/file"})["exit_code"], 0);
    second.destroy("web", true);
}

TEST_P(LiveMountsTest, ADatasetIsRefusedWhereThereIsNoZfs) {
    if (!tells_mounts() || read_file("/proc/filesystems").find("zfs") != std::string::npos)
        GTEST_SKIP() << "this machine may have ZFS";
    const std::string pot = start_pot();
    const Response refused =
        api.request("POST", "/v1/pots/" + pot + "/mounts", {{"dataset", "tank/data"}, {"target", "/data"}});
    EXPECT_EQ(refused.status, 422);
    EXPECT_EQ(problem_field(refused), "dataset");
    EXPECT_EQ(problem_code(refused), "unsupported");
    EXPECT_THAT(refused.body, HasSubstr("this machine has no ZFS"));
    EXPECT_EQ(shell("potctl mount-in -p " + pot + " -z tank/data -m /data").status, 1);
    EXPECT_TRUE(api.inspect(pot)["spec"]["mounts"].empty());
}

}  // namespace
}  // namespace potd::test
