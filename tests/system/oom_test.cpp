// The kernel kills a process of a pot for memory: what potd makes of it, by the pot's policy.
#include "tests/support/system.hpp"
#include "tests/system/fixture.hpp"

#include <chrono>
#include <csignal>
#include <cstdint>
#include <fstream>
#include <string>

namespace potd::test {
namespace {

constexpr std::int64_t memory_limit = 64 << 20;

/// A child takes more than the pot may have; what goes on by itself says so.
const std::string greedy =
    "trap 'exit 0' TERM; (x=$(head -c 200000000 /dev/zero | tr '\\0' a)); echo survived; "
    "while :; do sleep 1000 & wait; done";

Json pot_with(const std::string& policy, const std::string& script = greedy) {
    return {{"command", sh(script)}, {"limits", {{"memory", memory_limit}}}, {"oom", {{"policy", policy}}}};
}

Json oom_events(PotApi&& api, const std::string& pot) {
    return api
        .request("GET", "/v1/events?limit=1000&type=pot.oom&pot=" + pot, nullptr,
                 {{"Accept", "application/json"}})
        .json()["items"];
}

Json run_of(PotApi&& api, const std::string& pot, int number = 1) {
    return api.expect(200, "GET", "/v1/pots/" + pot + "/runs/" + std::to_string(number));
}

std::string state_of(PotApi&& api, const std::string& pot) {
    return api.expect(200, "GET", "/v1/pots/" + pot)["state"].get<std::string>();
}

class OomTest : public SystemTest {
  protected:
    void SetUp() override {
        SystemTest::SetUp();
        if (!IsSkipped() && resource_mode() == "jail") GTEST_SKIP() << "FreeBSD tells nobody of it";
    }
    std::string log_of(const std::string& pot) {
        return api.request("GET", "/v1/pots/" + pot + "/logs").body;
    }
};

TEST_F(OomTest, TheWholePotGoesUnlessItSaysOtherwise) {
    const std::string pot = start(pot_with("kill"));
    ASSERT_TRUE(wait_until([&] { return state_of(PotApi(potd().socket()), pot) == "stopped"; }));
    const Json run = run_of(PotApi(potd().socket()), pot);
    EXPECT_EQ(run["oom"], true);
    EXPECT_EQ(run["reason"], "oom");
    EXPECT_GE(run["oom_kills"], 1);
    EXPECT_GT(run["peak_memory"], memory_limit / 2);
    // That it ended at all says that the others were killed, too. Only cgroup v2 kills them in one go.
    if (resource_mode() == "v2") {
        EXPECT_EQ(log_of(pot).find("survived"), std::string::npos);
    }
    const Json events = oom_events(PotApi(potd().socket()), pot);
    ASSERT_GE(events.size(), 1U);
    EXPECT_EQ(events[0]["details"]["limit"], std::to_string(memory_limit));
    EXPECT_EQ(events[0]["details"]["policy"], "kill");
    if (std::ifstream("/dev/kmsg").good()) {
        EXPECT_NE(run["oom_victim"].dump().find("(pid "), std::string::npos) << run;
    }
}

TEST_F(OomTest, ItsRestartPolicyFollows) {
    Json spec = pot_with("kill", "[ -e /seen ] && sleep 1000; touch /seen; " + greedy);
    spec["restart"] = {{"policy", "on-failure"}};
    const std::string pot = start(spec);
    ASSERT_TRUE(wait_until([&] {
        return api.expect(200, "GET", "/v1/pots/" + pot + "/runs")["items"].size() == 2 &&
               state_of(PotApi(potd().socket()), pot) == "running";
    }));
    EXPECT_EQ(run_of(PotApi(potd().socket()), pot)["reason"], "oom");
}

TEST_F(OomTest, OneMayGoOnWithoutWhatWasKilled) {
    const std::string pot = start(pot_with("notify"));
    ASSERT_TRUE(wait_until([&] { return log_of(pot).find("survived") != std::string::npos; }));
    ASSERT_TRUE(wait_until([&] { return !oom_events(PotApi(potd().socket()), pot).empty(); }));
    EXPECT_EQ(state_of(PotApi(potd().socket()), pot), "running");
    EXPECT_GE(run_of(PotApi(potd().socket()), pot)["oom_kills"], 1);
}

TEST_F(OomTest, OneThatIsKilledAllTheTimeIsToldOnceASecond) {
    const auto begun = std::chrono::steady_clock::now();
    Json spec = pot_with("notify",
                         "n=0; while [ $n -lt 20 ]; do (x=$(head -c 30000000 /dev/zero | tr '\\0' a)); "
                         "n=$((n+1)); done");
    spec["limits"]["memory"] = 16 << 20;
    const std::string pot = start(spec);
    ASSERT_TRUE(wait_until([&] { return state_of(PotApi(potd().socket()), pot) == "stopped"; }));
    const auto took = std::chrono::ceil<std::chrono::seconds>(std::chrono::steady_clock::now() - begun);
    const std::int64_t kills = run_of(PotApi(potd().socket()), pot)["oom_kills"];
    EXPECT_GE(kills, 20);
    const Json events = oom_events(PotApi(potd().socket()), pot);
    ASSERT_FALSE(events.empty());
    EXPECT_LE(static_cast<std::int64_t>(events.size()), took.count() + 1);
    EXPECT_EQ(events.back()["details"]["kills"], std::to_string(kills)) << "nothing is lost";
}

TEST_F(OomTest, OneMayBeRestarted) {
    const std::string pot = start(pot_with("restart", "[ -e /seen ] && sleep 1000; touch /seen; " + greedy));
    ASSERT_TRUE(wait_until([&] {
        return api.expect(200, "GET", "/v1/pots/" + pot + "/runs")["items"].size() == 2 &&
               state_of(PotApi(potd().socket()), pot) == "running";
    }));
    EXPECT_EQ(run_of(PotApi(potd().socket()), pot)["exit_code"], 0) << "stopped in its own way";
    EXPECT_EQ(run_of(PotApi(potd().socket()), pot)["reason"], "oom");
}

TEST_F(OomTest, OneMayBeStopped) {
    Json spec = pot_with("stop");
    spec["restart"] = {{"policy", "always"}};
    const std::string pot = start(spec);
    ASSERT_TRUE(wait_until([&] { return state_of(PotApi(potd().socket()), pot) == "stopped"; }));
    EXPECT_EQ(run_of(PotApi(potd().socket()), pot)["reason"], "oom");
    const std::string why = api.expect(200, "GET", "/v1/pots/" + pot)["last_error"].get<std::string>();
    EXPECT_EQ(why.find("out of memory"), 0U) << why;
}

TEST_F(OomTest, ThePolicyIsCheckedAndShown) {
    EXPECT_EQ(problem_field(api.request("POST", "/v1/pots",
                                        {{"name", "bad"}, {"base", "host"}, {"oom", {{"policy", "pray"}}}})),
              "oom.policy");
    EXPECT_EQ(problem_field(api.request("POST", "/v1/pots",
                                        {{"name", "bad"}, {"base", "host"}, {"oom", {{"priority", 1001}}}})),
              "oom.priority");
    const std::string pot = fresh_name();
    const Outcome made = shell("potctl create -p " + pot + " -b host --oom-policy notify --oom-priority=-3 " +
                               "--oom-protected && potctl destroy " + pot);
    EXPECT_EQ(made.status, 0) << made.describe();
}

class OomOfADeadPotdTest : public OwnPotdTest {
  protected:
    void SetUp() override {
        OwnPotdTest::SetUp();
        if (IsSkipped()) return;
        if (resource_mode() == "jail") GTEST_SKIP() << "FreeBSD tells nobody of it";
        start_potd();
    }
    /// It takes its memory once the file /go is there.
    void start_patient(const std::string& policy) {
        Json spec = pot_with(policy, "until [ -e /root/go ]; do sleep 0.05; done; " + greedy);
        spec["name"] = "web";
        spec["base"] = "host";
        api().expect(201, "POST", "/v1/pots", spec);
        api().start("web");
        init_ = identity();
    }
    [[nodiscard]] pid_t identity() const {
        return api().expect(200, "GET", "/v1/pots/web")["run"]["pid"].get<pid_t>();
    }
    void let_it_go() {
        const std::string go = "/proc/" + std::to_string(init_) + "/root/root/go";
        write_file(go, "");
    }
    pid_t init_ = 0;
};

TEST_F(OomOfADeadPotdTest, ThePotGoesAndIsRecordedAfterwards) {
    start_patient("kill");
    potd.kill9();
    let_it_go();
    ASSERT_TRUE(wait_until([&] { return ::kill(init_, 0) != 0; }))
        << "nobody but its monitor is there to do it";
    potd.start();
    ASSERT_TRUE(wait_until([&] { return state_of(api(), "web") == "stopped"; }));
    EXPECT_EQ(run_of(api(), "web")["oom"], true);
}

TEST_F(OomOfADeadPotdTest, WhatWasKilledMeanwhileIsToldOnce) {
    start_patient("notify");
    potd.kill9();
    let_it_go();
    potd.start();
    ASSERT_TRUE(wait_until([&] { return !oom_events(api(), "web").empty(); }));
    const auto told = oom_events(api(), "web").size();
    potd.restart();
    EXPECT_EQ(state_of(api(), "web"), "running");
    EXPECT_EQ(oom_events(api(), "web").size(), told);
}

}  // namespace
}  // namespace potd::test
