// Pots with a user namespace, asked for by REST and by potctl: whose the files are, what exec and terminals
// see, that no two pots share ids, what is refused.
#include "tests/support/binaries.hpp"
#include "tests/support/terminal.hpp"
#include "tests/system/fixture.hpp"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <set>

#include <sys/stat.h>

namespace potd::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

const Json apart = {{"user_namespace", "on"}};

struct IdMap {
    std::uint32_t inside = 1, outside = 0, count = 0;
};

IdMap map_of(pid_t pid, const char* file = "uid_map") {
    IdMap map;
    std::ifstream("/proc/" + std::to_string(pid) + "/" + file) >> map.inside >> map.outside >> map.count;
    return map;
}

uid_t owner(const fs::path& file) {
    struct stat about {};
    EXPECT_EQ(::lstat(file.c_str(), &about), 0) << file;
    return about.st_uid;
}

class UserNamespaceTest : public SystemTest {
  protected:
    void SetUp() override {
        SystemTest::SetUp();
        if (IsSkipped()) return;
        const Json degraded = api.request("GET", "/v1/info").json()["degraded"];
        for (const Json& sentence : degraded) {
            const std::string text = sentence;
            if (text.rfind("security.user_namespace", 0) == 0) GTEST_SKIP() << text;
        }
    }
    static Json idle_spec(Json spec = idle()) {
        spec["security"] = apart;
        return spec;
    }
    pid_t main_of(const std::string& name) { return api.inspect(name)["run"]["pid"]; }
    /// What the pot wrote, from outside.
    fs::path written(const std::string& name, const std::string& file) {
        const fs::path pot = potd().state_dir() / "pots" / api.inspect(name)["id"].get<std::string>();
        return pot / (fs::exists(pot / "upper") ? "upper" : "root") / file;
    }
    bool overlay(const std::string& name) { return api.inspect(name)["driver"] == "overlay"; }
};

TEST_F(UserNamespaceTest, RootInsideIsNobodyOutside) {
    const std::string name = start(idle_spec());
    const std::uint32_t first = api.inspect(name)["first_host_id"];
    EXPECT_GE(first, 65'536U);
    for (const char* file : {"uid_map", "gid_map"}) {
        const IdMap map = map_of(main_of(name), file);
        EXPECT_EQ(map.inside, 0U);
        EXPECT_EQ(map.outside, first);
        EXPECT_EQ(map.count, 65'536U);
    }
    EXPECT_EQ(owner("/proc/" + std::to_string(main_of(name))), first);
    EXPECT_EQ(api.exec(name, {"id", "-u"})["stdout"], "0\n");
}

TEST_F(UserNamespaceTest, FilesAreThePotsInsideAndShiftedOutside) {
    const std::string name = start(idle_spec());
    const std::uint32_t first = api.inspect(name)["first_host_id"];
    const Json made = api.exec(name, {"sh", "-c",
                                      "stat -c %u:%g / /usr/bin/env /etc/passwd /tmp /dev /dev/shm;"
                                      "echo x > /root/new && mkdir /srv/folder && chown 33:33 /srv/folder &&"
                                      "echo y >> /etc/passwd && stat -c %u:%g /root/new /srv/folder"});
    EXPECT_EQ(made["stdout"], "0:0\n0:0\n0:0\n0:0\n0:0\n0:0\n0:0\n33:33\n") << made;
    if (!overlay(name)) return;
    EXPECT_EQ(owner(written(name, "root/new")), first);
    EXPECT_EQ(owner(written(name, "srv/folder")), first + 33);
    EXPECT_EQ(owner(written(name, "etc/passwd")), first);
}

/// Before its first run, which alone mounts its layers, and after it.
TEST_F(UserNamespaceTest, APotThatDoesNotRunIsCopiedWithTheIdsItSees) {
    const TempDir dir;
    write_file(dir / "in", "came in");
    fs::create_directory(dir / "out");
    const std::string name = create(idle_spec());
    const auto copy = [&](const std::vector<std::string>& words) {
        const Outcome copied = potd().potctl(words);
        EXPECT_EQ(copied.status, 0) << copied.describe();
    };
    ASSERT_EQ(::chown((dir / "in").c_str(), 33, 34), 0);
    copy({"copy-in", "-p", name, "-s", dir / "in", "-d", "/root"});
    copy({"copy-out", "-p", name, "-s", "/etc/passwd", "-d", dir / "out"});
    EXPECT_EQ(owner(dir / "out/passwd"), 0U) << "of the base, whose ids are the host's on the disk";
    api.start(name);
    EXPECT_EQ(api.exec(name, {"sh", "-c",
                              "stat -c %u:%g / /root /root/in; cat /root/in; chown 5:6 /root/in"})["stdout"],
              "0:0\n0:0\n33:34\ncame in");
    api.stop(name);
    copy({"copy-out", "-p", name, "-s", "/root/in", "-d", dir / "out"});
    EXPECT_EQ(read_file(dir / "out/in"), "came in");
    EXPECT_EQ(owner(dir / "out/in"), 5U);
}

TEST_F(UserNamespaceTest, NoTwoPotsShareIds) {
    std::set<std::uint32_t> firsts;
    for (int i = 0; i < 4; ++i) firsts.insert(map_of(main_of(start(idle_spec()))).outside);
    EXPECT_EQ(firsts.size(), 4U);
    std::uint32_t before = 0;
    for (const std::uint32_t first : firsts) {
        EXPECT_GE(first, before + 65'536);
        before = first;
    }
    EXPECT_TRUE(api.inspect(start(idle()))["first_host_id"].is_null());
}

TEST_F(UserNamespaceTest, IdsStayThroughRestartsOfPotAndPotd) {
    const std::string name = start(idle_spec());
    const std::uint32_t first = api.inspect(name)["first_host_id"];
    api.exec(name, {"sh", "-c", "echo kept > /root/file"});
    api.stop(name);
    api.start(name);
    EXPECT_EQ(map_of(main_of(name)).outside, first);
    EXPECT_EQ(api.exec(name, {"cat", "/root/file"})["stdout"], "kept\n");
}

TEST_F(UserNamespaceTest, ATerminalWorks) {
    const std::string name = start(idle_spec());
    Terminal terminal({"env", "POTD_URL=unix://" + potd().socket(), binary("potctl"), "exec", "-t", "-i",
                       "-p", name, "--", "sh", "-c", "tty; stat -c %u:%g $(tty); echo over"},
                      {});
    EXPECT_EQ(terminal.wait(), 0);
    EXPECT_THAT(terminal.screen(), HasSubstr("/dev/pts/"));
    EXPECT_THAT(terminal.screen(), HasSubstr("0:5"));
}

TEST_F(UserNamespaceTest, AConsoleWorks) {
    Json spec = idle_spec(Json::object());
    spec["terminal"] = true;
    EXPECT_THAT(output_of("tty; echo to-console > /dev/console", spec), HasSubstr("to-console"));
}

TEST_F(UserNamespaceTest, LogsStatsAndProcessesAreTold) {
    Json spec = idle_spec();
    spec["command"] = sh("trap 'exit 3' TERM; echo out; while :; do sleep 1000 & wait; done");
    const std::string name = start(spec);
    EXPECT_TRUE(wait_until([&] { return api.logs(name) == "out\n"; }));
    const Response stats = api.request("GET", "/v1/pots/" + name + "/stats");
    EXPECT_GT(stats.json()["memory"]["current"].get<std::int64_t>(), 0) << stats.describe();
    const Response processes = api.request("GET", "/v1/pots/" + name + "/processes");
    EXPECT_GE(processes.json()["items"].size(), 2U) << processes.describe();
    EXPECT_EQ(api.stop(name)["run"]["exit_code"], 3);
}

TEST_F(UserNamespaceTest, AVolumeIsThePotsInsideAndKeepsItsOwnersOutside) {
    const TempDir volume("potd-volume");
    write_file(volume / "old", "old\n");
    Json spec = idle_spec(Json::object());
    spec["mounts"] = {{{"dir", volume.path().string()}, {"target", "/data"}},
                      {{"tmpfs", true}, {"target", "/fast"}}};
    EXPECT_EQ(output_of("stat -c %u:%g /data/old; echo new > /data/new; echo f > /fast/f; stat -c %u /fast/f",
                        spec),
              "0:0\n0\n");
    EXPECT_EQ(owner(volume / "new"), 0U);
}

TEST_F(UserNamespaceTest, RootInsideHasNoRightsOutside) {
    Json spec = idle_spec(Json::object());
    spec["security"]["capabilities"] = {{"add", {"SYS_ADMIN", "SYS_PTRACE", "SYS_MODULE", "MKNOD"}}};
    spec["security"]["seccomp"] = "unconfined";
    EXPECT_EQ(
        output_of("mknod /disk b 8 0 2>/dev/null || echo closed; mount -t tmpfs t /tmp 2>/dev/null || echo "
                  "closed; umount /proc/keys 2>/dev/null || echo closed;"
                  "echo 1 2>/dev/null > /proc/sys/kernel/panic || echo closed",
                  spec),
        "closed\nclosed\nclosed\nclosed\n");
}

TEST_F(UserNamespaceTest, AUserOfThePotAndANetworkOfItsOwn) {
    Json spec = idle_spec(Json::object());
    spec["user"] = "daemon";
    spec["network"] = {{"type", "none"}};
    EXPECT_EQ(output_of("id -un; ls /sys/class/net; echo x > /tmp/x; stat -c %U /tmp/x", spec),
              "daemon\nlo\ndaemon\n");
}

TEST_F(UserNamespaceTest, CannotBeChangedLater) {
    const std::string plain = create(idle());
    const std::string mapped = create(idle_spec());
    for (const auto& [name, value] : {std::pair(plain, "on"), std::pair(mapped, "off")}) {
        const Response refused =
            api.request("PATCH", "/v1/pots/" + name, {{"security", {{"user_namespace", value}}}});
        EXPECT_EQ(refused.status, 422) << refused.describe();
        EXPECT_EQ(problem_field(refused), "security.user_namespace");
    }
    const Response kept = api.request("PATCH", "/v1/pots/" + mapped, {{"env", {{"A", "b"}}}});
    EXPECT_EQ(kept.status, 200) << kept.describe();
}

TEST_F(UserNamespaceTest, AMountThatCannotBeShiftedIsRefusedByName) {
    Json spec = idle_spec();
    spec["name"] = fresh_name();
    spec["base"] = "host";
    spec["mounts"] = {{{"dir", "/tmp"}, {"target", "/a"}}, {{"dir", "/proc"}, {"target", "/b"}}};
    const Response refused = api.request("POST", "/v1/pots", spec);
    EXPECT_EQ(refused.status, 422) << refused.describe();
    EXPECT_EQ(problem_field(refused), "mounts[1].dir");
}

TEST_F(UserNamespaceTest, AnotherWordIsRefused) {
    Json spec = idle();
    spec["name"] = fresh_name();
    spec["base"] = "host";
    spec["security"]["user_namespace"] = "perhaps";
    EXPECT_EQ(problem_field(api.request("POST", "/v1/pots", spec)), "security.user_namespace");
}

TEST_F(UserNamespaceTest, PotctlMakesOneAndShowsIt) {
    const std::string name = fresh_name();
    EXPECT_EQ(potd().potctl({"create", "-p", name, "-b", "host", "--userns", "on"}).status, 0);
    EXPECT_EQ(potd().potctl({"start", name}).status, 0);
    const Outcome map = potd().potctl({"exec", "-p", name, "--", "cat", "/proc/self/uid_map"});
    const std::string first = std::to_string(api.inspect(name)["first_host_id"].get<std::uint32_t>());
    EXPECT_THAT(map.out, HasSubstr(first));
    EXPECT_THAT(potd().potctl({"info", "-p", name}).out, HasSubstr(first));
    EXPECT_EQ(potd().potctl({"stop", name}).status, 0);
    EXPECT_EQ(potd().potctl({"destroy", "-p", name}).status, 0);
    EXPECT_EQ(potd().potctl({"create", "-p", name, "-b", "host", "--userns", "maybe"}).status, 2);
}

class UserNamespaceLimitsTest : public OwnPotdTest {
  protected:
    static Json spec(const std::string& name) {
        return {{"name", name}, {"base", "host"}, {"security", apart}, {"command", sh("sleep 1000")}};
    }
    PotdProcess small{{{}, "user_namespace: {first_id: 1300000000, pots: 2}\n", {}, {}, "debug"}};
};

TEST_F(UserNamespaceLimitsTest, ConfiguredIdsAreAllThereAre) {
    small.start();
    PotApi api(small.socket());
    api.install_base({{"name", "host"}, {"host", true}});
    const Response first = api.request("POST", "/v1/pots", spec("a"));
    if (first.status == 422) GTEST_SKIP() << first.describe();
    EXPECT_EQ(first.json()["first_host_id"], 1'300'000'000);
    api.create(spec("b"));
    const Response refused = api.request("POST", "/v1/pots", spec("c"));
    EXPECT_EQ(problem_field(refused), "security.user_namespace") << refused.describe();
    EXPECT_EQ(refused.status, 507) << refused.describe();
    api.destroy("a");
    EXPECT_EQ(api.create(spec("c"))["first_host_id"], 1'300'000'000);
}

TEST_F(UserNamespaceLimitsTest, ARunningPotIsAdoptedWithItsIds) {
    small.start();
    PotApi api(small.socket());
    api.install_base({{"name", "host"}, {"host", true}});
    if (api.request("POST", "/v1/pots", spec("a")).status == 422) GTEST_SKIP() << "no user namespaces";
    const pid_t main = api.start("a")["run"]["pid"];
    small.restart();
    PotApi after(small.socket());
    EXPECT_EQ(after.inspect("a")["run"]["pid"], main);
    EXPECT_EQ(after.exec("a", {"id", "-u"})["stdout"], "0\n");
    EXPECT_EQ(after.create(spec("b"))["first_host_id"], 1'300'065'536);
    after.stop("a");
    after.start("a");
    EXPECT_EQ(map_of(after.inspect("a")["run"]["pid"]).outside, 1'300'000'000U);
}

class UserNamespaceDriverTest : public OwnPotdTest {
  protected:
    PotdProcess copying{{{}, "storage: {driver: dir}\n", {}, {}, "debug"}};
};

TEST_F(UserNamespaceDriverTest, ACopiedRootIsShownShifted) {
    copying.start();
    PotApi api(copying.socket());
    api.install_base({{"name", "host"}, {"host", true}});
    Json spec = {{"name", "a"}, {"base", "host"}, {"security", apart}};
    spec["command"] = sh("stat -c %u:%g / /etc/passwd /usr/bin/env; echo x > /new; stat -c %u /new");
    const Response made = api.request("POST", "/v1/pots", spec);
    if (made.status == 422) GTEST_SKIP() << made.describe();
    api.start("a");
    EXPECT_EQ(api.wait("a")["exit_code"], 0) << api.logs("a");
    EXPECT_EQ(api.logs("a"), "0:0\n0:0\n0:0\n0\n");
    EXPECT_EQ(owner(copying.state_dir() / "pots" / made.json()["id"].get<std::string>() / "root/new"), 0U);
}

}  // namespace
}  // namespace potd::test
