// Limits of jails that run, read back by rctl(8) and cpuset(1), and hit. Without kern.racct.enable only sets
// of processors are.
#include "tests/support/host_probe.hpp"
#include "tests/system/fixture.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace potd::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class LimitsJailTest : public SystemTest {
  protected:
    [[nodiscard]] bool accounts() {
        const Json limits = api.request("GET", "/v1/info").json()["limits"];
        for (const Json& one : limits) {
            if (one["name"] == "pids") return one["enforced"].get<bool>();
        }
        return false;
    }
    /// The rules of the pot's jail, as the kernel lists them.
    [[nodiscard]] std::string rules(const std::string& pot) { return shell("rctl jail:" + jail(pot)).out; }
    /// "potd_INSTANCE_ID_RUN", whatever the instance is called.
    [[nodiscard]] std::string jail(const std::string& pot) {
        const Json shown = api.inspect(pot);
        const std::string end =
            "_" + shown["id"].get<std::string>() + "_" + std::to_string(shown["run"]["number"].get<int>());
        std::string name = shell("jls name | grep -- '" + end + "$'").out;
        name.erase(std::remove(name.begin(), name.end(), '\n'), name.end());
        return name;
    }
    [[nodiscard]] std::string processors(const std::string& pot) {
        return shell("cpuset -g -j $(jls -j " + jail(pot) + " jid)").out;
    }
    Response patch(const std::string& pot, const Json& limits) {
        return api.request("PATCH", "/v1/pots/" + pot, {{"limits", limits}});
    }
};

TEST_F(LimitsJailTest, RulesChangeWhileItRuns) {
    if (!accounts()) GTEST_SKIP() << "kern.racct.enable is 0";
    Json spec = idle();
    spec["limits"] = {{"memory", "256M"}, {"pids", 50}, {"rctl", {{"nthr", 100}}}};
    const std::string pot = start(spec);
    EXPECT_THAT(rules(pot), HasSubstr(":memoryuse:sigkill=268435456"));
    EXPECT_THAT(rules(pot), HasSubstr(":memoryuse:log=268435456"));
    EXPECT_THAT(rules(pot), HasSubstr(":nthr:deny=100"));
    ASSERT_EQ(
        patch(pot, {{"pids", 60}, {"memory", nullptr}, {"files", 500}, {"rctl", {{"readbps", "1M"}}}}).status,
        200);
    const std::string now = rules(pot);
    EXPECT_THAT(now, HasSubstr(":maxproc:deny=60"));
    EXPECT_THAT(now, Not(HasSubstr(":maxproc:deny=50")));
    EXPECT_THAT(now, Not(HasSubstr(":memoryuse:")));
    EXPECT_THAT(now, HasSubstr(":openfiles:deny=500"));
    EXPECT_THAT(now, HasSubstr(":readbps:throttle=1048576"));
    EXPECT_THAT(now, HasSubstr(":nthr:deny=100")) << "a merge patch leaves it";
}

TEST_F(LimitsJailTest, MemoryBelowWhatIsInUseIsRefused) {
    if (!accounts()) GTEST_SKIP() << "kern.racct.enable is 0";
    const std::string pot =
        start({{"command",
                sh("{ dd if=/dev/zero bs=1m count=64; exec sleep 1000; } 2>/dev/null | tail >/dev/null")},
               {"limits", {{"memory", "512M"}}}});
    ASSERT_TRUE(wait_until([&] {
        const Json memory = api.request("GET", "/v1/pots/" + pot + "/stats").json()["memory"]["current"];
        return memory.is_number() && memory.get<long long>() >= 64 << 20;
    }));
    const Response refused = patch(pot, {{"memory", "8M"}});
    EXPECT_EQ(refused.status, 409) << refused.body;
    EXPECT_EQ(problem_field(refused), "limits.memory");
    EXPECT_EQ(api.inspect(pot)["state"], "running");
}

/// A child takes more than the pot may have, then the command goes on.
Json greedy_child(const std::string& policy, const std::string& before = {}) {
    return {{"command",
             sh(before + "trap 'exit 0' TERM; { dd if=/dev/zero bs=1m count=512 | tail; } >/dev/null 2>&1; "
                         "while :; do sleep 1000 & wait; done")},
            {"limits", {{"memory", "64M"}}},
            {"oom", {{"policy", policy}}}};
}

TEST_F(LimitsJailTest, WhomTheMemoryLimitKillsIsTold) {
    if (!accounts()) GTEST_SKIP() << "kern.racct.enable is 0";
    const std::string pot = start(greedy_child("notify"));
    ASSERT_TRUE(wait_until([&] { return api.inspect(pot)["run"]["oom_kills"].get<int>() > 0; }));
    const Json run = api.inspect(pot)["run"];
    EXPECT_THAT(run["oom_victim"].dump(), HasSubstr("tail (pid "));
    const Json events = api.request("GET", "/v1/events?limit=1000&type=pot.oom&pot=" + pot, nullptr,
                                    {{"Accept", "application/json"}})
                            .json()["items"];
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events[0]["details"]["limit"], std::to_string(64 << 20));
    EXPECT_EQ(api.inspect(pot)["state"], "running");
}

TEST_F(LimitsJailTest, APotThatRunsOutOfMemoryIsKilledWhole) {
    if (!accounts()) GTEST_SKIP() << "kern.racct.enable is 0";
    const std::string pot = start(greedy_child("kill"));
    ASSERT_TRUE(wait_until([&] { return api.inspect(pot)["state"] == "stopped"; }));
    const Json run = api.inspect(pot)["run"];
    EXPECT_EQ(run["oom"], true) << run;
    EXPECT_EQ(run["reason"], "oom") << run;
}

TEST_F(LimitsJailTest, APotThatRunsOutOfMemoryIsStartedAgain) {
    if (!accounts()) GTEST_SKIP() << "kern.racct.enable is 0";
    const std::string pot = start(greedy_child("restart", "[ -e /seen ] && exec sleep 1000; : > /seen; "));
    ASSERT_TRUE(wait_until([&] {
        const Json shown = api.inspect(pot);
        return shown["run"]["number"] == 2 && shown["state"] == "running";
    }));
    const Json first = api.expect(200, "GET", "/v1/pots/" + pot + "/runs/1");
    EXPECT_EQ(first["reason"], "oom") << first;
    EXPECT_EQ(first["exit_code"], 0) << "stopped in its own way: " << first;
}

TEST_F(LimitsJailTest, APotThatRunsOutOfMemoryIsStopped) {
    if (!accounts()) GTEST_SKIP() << "kern.racct.enable is 0";
    Json spec = greedy_child("stop");
    spec["restart"] = {{"policy", "always"}};
    const std::string pot = start(spec);
    ASSERT_TRUE(wait_until([&] { return api.inspect(pot)["state"] == "stopped"; }));
    const Json shown = api.inspect(pot);
    EXPECT_EQ(shown["run"]["reason"], "oom") << shown;
    EXPECT_EQ(shown["run"]["exit_code"], 0) << "stopped in its own way: " << shown;
    EXPECT_EQ(shown["last_error"].get<std::string>().find("out of memory"), 0U) << shown;
}

/// The kernel kills while potd is down.
class OomOfADeadPotdJailTest : public OwnPotdTest {
  protected:
    void SetUp() override {
        OwnPotdTest::SetUp();
        if (IsSkipped()) return;
        if (run_program({"/sbin/sysctl", "-n", "kern.racct.enable"}).out != "1\n")
            GTEST_SKIP() << "kern.racct.enable is 0";
        start_potd();
    }
    /// Its child takes its memory once potd is dead; potd is back when the kernel has told its log.
    void kill_while_it_is_down(const std::string& policy) {
        Json spec = greedy_child(policy, "until [ -e /go ]; do sleep 0.1; done; ");
        spec["name"] = "web";
        spec["base"] = "host";
        api().create(spec);
        api().start("web");
        const std::string jail =
            "potd_" + potd.instance() + "_" + api().inspect("web")["id"].get<std::string>() + "_1";
        std::string root = run_program({"/usr/sbin/jls", "-j", jail, "path"}).out;
        root.erase(std::remove(root.begin(), root.end(), '\n'), root.end());
        ASSERT_FALSE(root.empty()) << "no jail " << jail;
        potd.kill9();
        write_file(root + "/go", "");
        ASSERT_TRUE(wait_until([&] {
            return run_program({"/sbin/dmesg"}).out.find("jail:" + jail + ":memoryuse:log") !=
                   std::string::npos;
        }));
        potd.start();
    }
    [[nodiscard]] Json events() const {
        return api()
            .request("GET", "/v1/events?limit=1000&type=pot.oom&pot=web", nullptr,
                     {{"Accept", "application/json"}})
            .json()["items"];
    }
};

TEST_F(OomOfADeadPotdJailTest, WhatWasKilledMeanwhileIsToldOnce) {
    kill_while_it_is_down("notify");
    ASSERT_TRUE(wait_until([&] { return !events().empty(); }));
    const auto told = events().size();
    potd.restart();
    EXPECT_EQ(api().inspect("web")["state"], "running");
    EXPECT_EQ(api().inspect("web")["run"]["oom_kills"], 1);
    EXPECT_EQ(events().size(), told);
}

TEST_F(OomOfADeadPotdJailTest, TheRestGoesWhenPotdIsBack) {
    kill_while_it_is_down("kill");
    ASSERT_TRUE(wait_until([&] { return api().inspect("web")["state"] == "stopped"; }));
    EXPECT_EQ(api().inspect("web")["run"]["oom"], true);
}

TEST_F(LimitsJailTest, AForkBombStopsAtItsLimit) {
    if (!accounts()) GTEST_SKIP() << "kern.racct.enable is 0";
    const std::string pot =
        start({{"command", sh("trap 'exit 0' TERM; sleep 1000 & (i=0; while [ $i -lt 200 ]; do sleep 1000 & "
                              "i=$((i+1)); done) 2>/dev/null & while :; do wait; done")},
               {"limits", {{"pids", 30}}}});
    const auto processes = [&] {
        return api.request("GET", "/v1/pots/" + pot + "/stats").json()["pids"]["current"].get<int>();
    };
    ASSERT_TRUE(wait_until([&] { return processes() >= 25; }));
    EXPECT_LE(processes(), 30);
}

TEST_F(LimitsJailTest, ProcessorsChangeWhileItRuns) {
    const std::string pot = start(idle());
    ASSERT_EQ(patch(pot, {{"cpuset", "0"}}).status, 200);
    EXPECT_THAT(processors(pot), HasSubstr("mask: 0\n"));
    ASSERT_EQ(patch(pot, {{"cpuset", nullptr}, {"cpu_count", 1}}).status, 200);
    EXPECT_THAT(processors(pot), HasSubstr("mask: " + api.inspect(pot)["cpus"].get<std::string>() + "\n"));
    ASSERT_EQ(patch(pot, {{"cpu_count", nullptr}}).status, 200);
    EXPECT_TRUE(api.inspect(pot)["cpus"].is_null());
}

TEST_F(LimitsJailTest, WhatFreebsdLacksIsRefusedOrLeftOut) {
    const Response refused = api.request(
        "POST", "/v1/pots", {{"name", fresh_name()}, {"base", "host"}, {"limits", {{"cpu_weight", 50}}}});
    EXPECT_EQ(problem_field(refused), "limits.cpu_weight") << refused.body;
    Json spec = idle();
    spec["limits"] = {{"cpu_weight", 50}, {"best_effort", true}};
    EXPECT_EQ(api.inspect(start(spec))["not_enforced"][0]["field"], "limits.cpu_weight");
}

}  // namespace
}  // namespace potd::test
