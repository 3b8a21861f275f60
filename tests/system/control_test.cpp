// wait, kill, pause, resume, stats, processes, rename.
#include "tests/system/fixture.hpp"

#include <csignal>
#include <future>

namespace potd::test {
namespace {

class ControlTest : public SystemTest {
  protected:
    /// A pot that writes a line whenever it gets USR1 and ends with 3 on USR2.
    std::string listener() {
        const std::string name =
            start({{"command",
                    sh("trap 'echo got' USR1; trap 'exit 3' USR2; echo up; while :; do sleep 0.02; done")}});
        EXPECT_TRUE(wait_until([&] { return api.logs(name) == "up\n"; }));
        return name;
    }
    Json stats(const std::string& name) { return api.request("GET", "/v1/pots/" + name + "/stats").json(); }
};

using WaitTest = ControlTest;
using KillTest = ControlTest;
using PauseTest = ControlTest;
using StatsTest = ControlTest;

TEST_F(WaitTest, AnswersWhenTheRunEnds) {
    const std::string name = listener();
    auto record = std::async(std::launch::async, [&] { return PotApi(potd().socket()).wait(name); });
    api.act(name, "kill", {{"signal", "USR2"}});
    EXPECT_EQ(record.get()["exit_code"], 3);
}

TEST_F(WaitTest, ManyWaitersAllGetTheRecord) {
    const std::string name = listener();
    std::vector<std::future<Json>> records;
    records.reserve(20);
    for (int i = 0; i < 20; ++i) {
        records.push_back(std::async(std::launch::async, [&] { return PotApi(potd().socket()).wait(name); }));
    }
    api.act(name, "kill", {{"signal", "USR2"}});
    for (auto& record : records) EXPECT_EQ(record.get()["exit_code"], 3);
}

TEST_F(WaitTest, OnAPotThatNeverRanAnswersWithItsFirstRun) {
    const std::string name = create({{"command", sh("exit 8")}});
    auto record = std::async(std::launch::async, [&] { return PotApi(potd().socket()).wait(name); });
    api.start(name);
    EXPECT_EQ(record.get()["exit_code"], 8);
}

TEST_F(WaitTest, GivesUpAfterTheTimeoutAsked) {
    const std::string name = start(idle());
    EXPECT_EQ(api.request("GET", "/v1/pots/" + name + "/wait?timeout=20ms").status, 504);
    EXPECT_EQ(api.inspect(name)["state"], "running");
}

TEST_F(KillTest, SendsTheSignalAsked) {
    const std::string name = listener();
    EXPECT_EQ(api.act(name, "kill", {{"signal", "SIGUSR1"}}).status, 200);
    EXPECT_TRUE(wait_until([&] { return api.logs(name) == "up\ngot\n"; })) << api.logs(name);
    EXPECT_EQ(api.act(name, "kill", {{"signal", SIGUSR1}}).status, 200);
    EXPECT_TRUE(wait_until([&] { return api.logs(name) == "up\ngot\ngot\n"; })) << api.logs(name);
}

TEST_F(KillTest, WithoutASignalEndsTheRun) {
    const std::string name = listener();
    EXPECT_EQ(api.act(name, "kill").status, 200);
    EXPECT_EQ(api.wait(name)["signal"], SIGKILL);
}

TEST_F(KillTest, ReachesAllProcesses) {
    const std::string name =
        start({{"command", sh("trap 'echo parent' USR1; sh -c 'trap \"echo child\" USR1; echo up; "
                              "while :; do sleep 0.02; done' & while :; do wait; done")}});
    ASSERT_TRUE(wait_until([&] { return api.logs(name) == "up\n"; }));
    EXPECT_EQ(api.act(name, "kill", {{"signal", "USR1"}, {"target", "all"}}).status, 200);
    EXPECT_TRUE(wait_until([&] {
        const std::string text = api.logs(name);
        return text.find("child") != std::string::npos && text.find("parent") != std::string::npos;
    })) << api.logs(name);
}

/// A pot whose main process and two others, called sleep, wait.
class KillSomeTest : public KillTest {
  protected:
    std::string three() {
        const std::string name =
            start({{"command", sh("trap 'echo main' USR1; sleep 1000 & sleep 1001 & echo up; "
                                  "while :; do wait; done")}});
        EXPECT_TRUE(wait_until([&] { return sleepers(name).size() == 2; }));
        return name;
    }
    std::vector<int> sleepers(const std::string& name) {
        std::vector<int> pids;
        const Json listed = api.expect(200, "GET", "/v1/pots/" + name + "/processes?pattern=%5Esleep%24");
        for (const Json& one : listed["items"]) pids.push_back(one["pid"]);
        return pids;
    }
};

TEST_F(KillSomeTest, OneByItsPid) {
    const std::string name = three();
    const std::vector<int> pids = sleepers(name);
    EXPECT_EQ(api.act(name, "kill", {{"signal", "KILL"}, {"pid", pids[0]}}).status, 200);
    EXPECT_TRUE(wait_until([&] { return sleepers(name) == std::vector<int>{pids[1]}; }));
    EXPECT_EQ(api.inspect(name)["state"], "running");
}

TEST_F(KillSomeTest, AllWhoseNamesMatch) {
    const std::string name = three();
    EXPECT_EQ(api.act(name, "kill", {{"signal", "TERM"}, {"pattern", "^sl"}}).status, 200);
    EXPECT_TRUE(wait_until([&] { return sleepers(name).empty(); }));
    EXPECT_EQ(api.inspect(name)["state"], "running");
}

TEST_F(KillSomeTest, NeverWhatIsNotInThePot) {
    const std::string name = three();
    const std::string other = three();
    const int stranger = sleepers(other).front();
    const Response refused = api.act(name, "kill", {{"signal", "KILL"}, {"pid", stranger}});
    EXPECT_EQ(refused.status, 404) << refused.describe();
    EXPECT_EQ(problem_field(refused), "pid");
    EXPECT_EQ(api.act(name, "kill", {{"signal", "KILL"}, {"pid", ::getpid()}}).status, 404);
    EXPECT_EQ(api.act(name, "kill", {{"signal", "KILL"}, {"pid", 1}}).status, 404);
    EXPECT_EQ(api.act(name, "kill", {{"pattern", "no-such-name"}}).status, 404);
    EXPECT_EQ(sleepers(other).size(), 2U);
    EXPECT_EQ(sleepers(name).size(), 2U);
}

TEST_F(KillSomeTest, WhatIsNoChoiceIsRefusedByName) {
    const std::string name = three();
    const auto field = [&](const Json& body) {
        const Response refused = api.act(name, "kill", body);
        EXPECT_EQ(refused.status, 422) << refused.describe();
        return problem_field(refused);
    };
    EXPECT_EQ(field({{"pid", 0}}), "pid");
    EXPECT_EQ(field({{"pid", -5}}), "pid");
    EXPECT_EQ(field({{"pid", 5'000'000'000}}), "pid");
    EXPECT_EQ(field({{"pattern", ""}}), "pattern");
    EXPECT_EQ(field({{"pattern", "("}}), "pattern");
    EXPECT_EQ(field({{"pattern", std::string(129, 'a')}}), "pattern");
    EXPECT_EQ(field({{"pattern", "a"}, {"pid", 5}}), "pattern");
    EXPECT_EQ(field({{"pattern", "a"}, {"target", "all"}}), "target");
    EXPECT_EQ(sleepers(name).size(), 2U);
}

TEST_F(KillSomeTest, AsPotSaysIt) {
    const std::string name = three();
    const std::vector<int> pids = sleepers(name);
    const Outcome shown = shell("potctl signal -p " + name + " -m sleep -C");
    EXPECT_EQ(shown.out, std::to_string(pids[0]) + "\n" + std::to_string(pids[1]) + "\n") << shown.describe();
    EXPECT_EQ(shell("potctl signal -p " + name + " -s KILL -P " + std::to_string(pids[0])).status, 0);
    EXPECT_TRUE(wait_until([&] { return sleepers(name).size() == 1; }));
    EXPECT_EQ(shell("potctl signal -p " + name + " -s SIGKILL -m sleep").status, 0);
    EXPECT_TRUE(wait_until([&] { return sleepers(name).empty(); }));
    EXPECT_EQ(shell("potctl signal -p " + name + " -s KILL -m sleep").status, 3);
    EXPECT_EQ(shell("potctl signal -f -p " + name + " -s KILL -m sleep").status, 0);
    EXPECT_EQ(shell("potctl signal -p " + name + " -s KILL -m sleep -P 5").status, 2);
    EXPECT_EQ(shell("potctl signal -p " + name + " -s KILL -P many").status, 2);
}

TEST_F(KillTest, ASignalThatDoesNotExistIsRefused) {
    const std::string name = start(idle());
    for (const Json& signal : {Json("NOPE"), Json(0), Json(-1), Json(1000)}) {
        const Response response = api.act(name, "kill", {{"signal", signal}});
        EXPECT_TRUE(response.status == 400 || response.status == 422) << response.describe();
        EXPECT_EQ(problem_field(response), "signal");
    }
}

TEST_F(KillTest, NeedsARunningPot) {
    EXPECT_EQ(api.act(create(idle()), "kill").status, 409);
}

TEST_F(PauseTest, HoldsAllProcessesUntilResumed) {
    const std::string name = start({{"command", sh("while :; do echo x; sleep 0.005; done")}});
    ASSERT_TRUE(wait_until([&] { return !api.logs(name).empty(); }));
    EXPECT_EQ(api.act(name, "pause").json()["state"], "paused");
    // What was in the pipe when the processes stopped may still arrive.
    std::size_t size = 0;
    ASSERT_TRUE(wait_until([&] {
        size = api.logs(name).size();
        return !wait_until([&] { return api.logs(name).size() != size; }, milliseconds(50));
    }));
    EXPECT_FALSE(wait_until([&] { return api.logs(name).size() != size; }, milliseconds(150)));
    EXPECT_EQ(api.act(name, "resume").json()["state"], "running");
    EXPECT_TRUE(wait_until([&] { return api.logs(name).size() != size; }));
}

TEST_F(PauseTest, APausedPotCanBeStopped) {
    const std::string name = start(idle());
    api.act(name, "pause");
    EXPECT_EQ(api.stop(name)["state"], "stopped");
}

TEST_F(PauseTest, APausedPotCanBeDestroyed) {
    const std::string name = start(idle());
    api.act(name, "pause");
    api.destroy(name, true);
}

TEST_F(PauseTest, NeedsTheRightState) {
    const std::string name = start(idle());
    EXPECT_EQ(api.act(name, "resume").status, 409);
    api.stop(name);
    EXPECT_EQ(api.act(name, "pause").status, 409);
}

TEST_F(StatsTest, CountsWhatThePotUses) {
    const std::string name =
        start({{"command", sh("i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; echo up; sleep 1000")},
               {"limits", {{"pids", 50}, {"memory", "64M"}}}});
    ASSERT_TRUE(wait_until([&] { return api.logs(name) == "up\n"; }));
    const Json figures = stats(name);
    EXPECT_GT(figures["cpu"]["usage_ns"], 1'000'000) << figures;
    EXPECT_GT(figures["memory"]["current"], 10'000) << figures;
    EXPECT_LT(figures["memory"]["current"], 64 << 20) << figures;
    EXPECT_EQ(figures["memory"]["limit"], 64 << 20) << figures;
    // Beside the shell Linux has an init; the last command may not have begun.
    EXPECT_GE(figures["pids"]["current"], resource_mode() == "jail" ? 1 : 2) << figures;
    EXPECT_EQ(figures["pids"]["limit"], 50) << figures;
}

TEST_F(StatsTest, StreamsUntilTheEnd) {
    const std::string name = start(idle());
    HttpConnection connection(potd().socket());
    ASSERT_EQ(connection.open("GET", "/v1/pots/" + name + "/stats?stream=true").status, 200);
    EXPECT_TRUE(Json::parse(connection.read_some(milliseconds(5000)), nullptr, false).contains("cpu"));
    api.stop(name);
    while (!connection.read_some(milliseconds(5000)).empty()) continue;
    EXPECT_TRUE(connection.complete());
}

TEST_F(StatsTest, NeedsARunningPot) {
    const std::string name = create(idle());
    EXPECT_EQ(api.request("GET", "/v1/pots/" + name + "/stats").status, 409);
    EXPECT_EQ(api.request("GET", "/v1/pots/" + name + "/processes").status, 409);
}

TEST_F(StatsTest, ListsTheProcesses) {
    const std::string name = start({{"command", {"sleep", "4321"}}, {"user", "daemon"}});
    const Json items = api.request("GET", "/v1/pots/" + name + "/processes").json()["items"];
    Json found;
    for (const Json& item : items) {
        if (item["command"] == "sleep 4321") found = item;
    }
    ASSERT_TRUE(found.is_object()) << items;
    EXPECT_EQ(found["pid"], api.inspect(name)["run"]["pid"]);
    EXPECT_EQ(found["user"], "1");
}

TEST_F(StatsTest, TooManyProcessesAreRefusedInside) {
    const Json end = run_script("for i in 1 2 3 4 5 6 7 8 9 10 11 12; do sleep 100 & done; wait",
                                {{"limits", {{"pids", 8}}}});
    EXPECT_NE(end["exit_code"], 0) << end;
}

TEST_F(StatsTest, TooMuchMemoryEndsTheRunAsOom) {
    const bool jail = resource_mode() == "jail";
    Json limits{{"memory", "32M"}};
    // There a limit of swap is one of what may be asked for: the shell is refused and ends by itself.
    if (!jail) limits["swap"] = 0;
    const Json end = run_script(
        "x=0123456789; while :; do x=$x$x; test ${#x} -lt 100000000 || sleep 60; done", {{"limits", limits}});
    EXPECT_EQ(end["oom"], true) << end;
    EXPECT_EQ(end["signal"], SIGKILL) << end;
    if (jail) return;
    EXPECT_GT(end["peak_memory"], 16 << 20) << end;
}

class RenameTest : public SystemTest {};

TEST_F(RenameTest, KeepsIdFilesAndHistory) {
    const std::string name = start({{"command", sh("echo x >/mark")}});
    api.wait(name);
    const Json id = api.inspect(name)["id"];
    const std::string other = fresh_name();
    ASSERT_EQ(api.act(name, "rename", {{"name", other}}).status, 200);
    EXPECT_EQ(api.request("GET", "/v1/pots/" + name).status, 404);
    EXPECT_EQ(api.inspect(other)["id"], id);
    EXPECT_EQ(api.runs(other).size(), 1U);
}

TEST_F(RenameTest, ATakenNameIsAConflict) {
    const std::string name = create(idle());
    const std::string other = create(idle());
    EXPECT_EQ(api.act(name, "rename", {{"name", other}}).status, 409);
}

}  // namespace
}  // namespace potd::test
