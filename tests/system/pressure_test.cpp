// Pots that give way when the machine is short. It is not made short: the rules of these tests hold on any.
#include "tests/system/fixture.hpp"

#include <csignal>
#include <fstream>
#include <string>
#include <vector>

namespace potd::test {
namespace {

class PressureTest : public OwnPotdTest {
  protected:
    PressureTest() : OwnPotdTest(without_rules()) {}
    void SetUp() override {
        OwnPotdTest::SetUp();
        if (IsSkipped()) return;
        start_potd();
        config_ = read_file(potd.config_file());
    }
    static PotdOptions without_rules() {
        PotdOptions options;
        options.extra_config = "pressure:\n  rules: {}\n";
        return options;
    }
    /// Other rules, taken over while potd runs; `text` is what stands below `pressure:`.
    void set_pressure(const std::string& text) {
        std::string config = config_;
        const auto old = config.find("pressure:\n");
        ASSERT_NE(old, std::string::npos);
        config.replace(old, std::string::npos, "pressure: " + text + "\n");
        std::ofstream(potd.config_file()) << config;
        const auto reloads = [this] { return occurrences(potd.log(), "reloaded"); };
        const auto before = reloads();
        potd.signal(SIGHUP);
        ASSERT_TRUE(wait_until([&] { return reloads() > before; }));
    }
    static std::size_t occurrences(const std::string& text, const std::string& word) {
        std::size_t count = 0;
        for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++count;
        return count;
    }
    /// A pot that runs and holds 40 MB, as the one line of a tail(1): sh(1) would take each byte by itself.
    void start_large(const std::string& name, Json spec) {
        spec["name"] = name;
        spec["base"] = "host";
        spec["command"] =
            sh("trap 'exit 0' TERM; { head -c 40000000 /dev/zero; echo ready >&2; exec sleep 1000; } | "
               "tail >/dev/null & wait");
        api().expect(201, "POST", "/v1/pots", spec);
        api().start(name);
        ASSERT_TRUE(wait_until([&] {
            return api().request("GET", "/v1/pots/" + name + "/logs").body.find("ready") != std::string::npos;
        })) << name;
    }
    std::string state(const std::string& pot) {
        return api().expect(200, "GET", "/v1/pots/" + pot)["state"].get<std::string>();
    }
    Json last_run(const std::string& pot) {
        return api().expect(200, "GET", "/v1/pots/" + pot + "/runs?order=desc")["items"].at(0);
    }
    /// "kill a", "freeze b" … of the events of that type.
    std::vector<std::string> steps(const std::string& type = "pressure.acted") {
        const Response page = api().request("GET", "/v1/events?limit=1000&type=" + type, nullptr,
                                            {{"Accept", "application/json"}});
        std::vector<std::string> found;
        const Json list = page.json();
        for (const Json& event : list["items"]) {
            const std::string pot = event["pot"].is_null() ? "" : " " + event["pot"].get<std::string>();
            found.push_back(event["details"]["action"].get<std::string>() + pot);
        }
        return found;
    }

    std::string config_;
};

TEST_F(PressureTest, LowerPrioritiesGiveWayFirstAndTheProtectedNever) {
    start_large("middle", {{"oom", {{"priority", 0}}}});
    start_large("low", {{"oom", {{"priority", -1}}}});
    start_large("safe", {{"oom", {{"priority", -9}, {"protected", true}}}});
    set_pressure("{rules: {short: {when: memory_available < 100%, do: kill, settle: 1s}}}");
    ASSERT_TRUE(wait_until([&] { return state("middle") == "stopped"; }));
    EXPECT_EQ(steps(), (std::vector<std::string>{"kill low", "kill middle"}));
    EXPECT_EQ(last_run("low")["reason"], "gave way");
    EXPECT_EQ(state("safe"), "running");
    const Outcome log = potd.potctl({"oom", "log"});
    EXPECT_EQ(log.status, 0) << log.describe();
    const auto first = log.out.find("kill low run 1  rule short");
    ASSERT_NE(first, std::string::npos) << log.out;
    EXPECT_LT(first, log.out.find("kill middle"));
    EXPECT_NE(log.out.find("because: memory_available is "), std::string::npos) << log.out;
    EXPECT_NE(log.out.find("next: middle (priority 0"), std::string::npos) << log.out;
    EXPECT_NE(api().expect(200, "GET", "/v1/pots/low")["last_error"].get<std::string>().find("rule short"),
              std::string::npos);
}

TEST_F(PressureTest, OneThatIsStoppedEndsInItsOwnWayAndItsPolicyDecides) {
    start_large("web", {{"restart", {{"policy", "on-failure"}}}});
    set_pressure("{rules: {short: {when: memory_available < 100%, do: stop, settle: 1h}}}");
    ASSERT_TRUE(wait_until([&] { return last_run("web")["number"] == 2; })) << "it comes back";
    const Json ended = api().expect(200, "GET", "/v1/pots/web/runs/1");
    EXPECT_EQ(ended["exit_code"], 0);
    EXPECT_EQ(ended["reason"], "gave way");
    EXPECT_EQ(steps(), (std::vector<std::string>{"stop web"}));
}

TEST_F(PressureTest, AFrozenOneOutlivesPotdAndGoesOnWhenItIsOver) {
    start_large("web", {});
    const Json before = last_run("web");
    set_pressure("{rules: {short: {when: memory_available < 100%, do: freeze, settle: 1s}}}");
    ASSERT_TRUE(wait_until([&] { return state("web") == "paused"; }));
    potd.kill9();
    potd.start();
    EXPECT_EQ(state("web"), "paused");
    set_pressure("{rules: {}}");
    ASSERT_TRUE(wait_until([&] { return state("web") == "running"; }));
    EXPECT_EQ(last_run("web")["pid"], before["pid"]) << "it is the same run";
    EXPECT_EQ(steps().back(), "thaw web");
}

TEST_F(PressureTest, WhatAUserPausedStaysSo) {
    start_large("web", {});
    start_large("other", {});
    api().expect(200, "POST", "/v1/pots/web/pause");
    set_pressure("{rules: {short: {when: memory_available < 100%, do: freeze, settle: 100ms}}}");
    ASSERT_TRUE(wait_until([&] { return state("other") == "paused"; }));
    set_pressure("{rules: {}}");
    ASSERT_TRUE(wait_until([&] { return state("other") == "running"; }));
    EXPECT_EQ(state("web"), "paused");
    EXPECT_EQ(steps(), (std::vector<std::string>{"freeze other", "thaw other"}));
}

TEST_F(PressureTest, ADryRunTellsAndDoesNothing) {
    start_large("web", {});
    set_pressure("{dry_run: true, rules: {short: {when: memory_available < 100%, do: kill, settle: 100ms}}}");
    ASSERT_TRUE(wait_until([&] { return !steps("pressure.would_act").empty(); }));
    EXPECT_EQ(state("web"), "running");
    EXPECT_TRUE(steps().empty());
    EXPECT_NE(potd.potctl({"oom", "log"}).out.find("would kill web"), std::string::npos);
    EXPECT_NE(potd.potctl({"oom"}).out.find("dry run"), std::string::npos);
}

TEST_F(PressureTest, MemoryIsTakenBackFromOneThatRuns) {
    if (resource_mode() == "jail") GTEST_SKIP() << "FreeBSD cannot make a jail give memory back";
    start_large("web", {{"mounts", Json::array({{{"tmpfs", true}, {"target", "/mnt"}}})}});
    set_pressure("{rules: {short: {when: memory_available < 100%, do: reclaim, settle: 1h}}}");
    ASSERT_TRUE(wait_until([&] { return !steps().empty(); }));
    EXPECT_EQ(steps(), (std::vector<std::string>{"reclaim web"}));
    EXPECT_EQ(state("web"), "running");
    EXPECT_TRUE(steps("pressure.failed").empty());
}

TEST_F(PressureTest, NothingNewIsMadeOnADiskThatIsNearlyFull) {
    set_pressure("{rules: {full: {when: state_free < 100%, do: refuse-creates, settle: 100ms}}}");
    const Json spec{{"name", "web"}, {"base", "host"}};
    ASSERT_TRUE(wait_until([&] { return !steps().empty(); }));
    const Response refused = api().request("POST", "/v1/pots", spec);
    EXPECT_EQ(refused.status, 507) << refused.body;
    EXPECT_NE(refused.body.find("state_free < 100%"), std::string::npos);
    EXPECT_EQ(api().request("POST", "/v1/fscomps", {{"name", "site"}}).status, 507);
    set_pressure("{rules: {}}");
    api().expect(201, "POST", "/v1/pots", spec);
}

TEST_F(PressureTest, HowItStandsIsShown) {
    set_pressure("{rules: {short: {when: memory_available < 100%, do: warn, settle: 1s}}}");
    ASSERT_TRUE(wait_until(
        [&] { return api().expect(200, "GET", "/v1/system/pressure")["rules"].at(0)["holds"] == true; }));
    const Outcome status = potd.potctl({"oom"});
    EXPECT_EQ(status.status, 0) << status.describe();
    EXPECT_NE(status.out.find("memory_available < 100%"), std::string::npos) << status.out;
    EXPECT_NE(status.out.find("holds"), std::string::npos) << status.out;
    EXPECT_EQ(potd.potctl({"oom", "nothing"}).status, 2);
    EXPECT_EQ(potd.potctl({"oom", "log", "more"}).status, 2);
}

}  // namespace
}  // namespace potd::test
