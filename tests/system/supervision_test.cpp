// Hooks, restarts and dependencies, with real programs.
#include "tests/support/leak_check.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/system/fixture.hpp"

#include <filesystem>
#include <sstream>

namespace potd::test {
namespace {

namespace fs = std::filesystem;

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// A file that hooks write a line to, each its stage and what it was given.
class Diary {
  public:
    [[nodiscard]] Json hook(const std::string& more = "") const {
        return {{"script",
                 "#!/bin/sh\necho \"$POTD_HOOK $POTD_RUN.$POTD_HOOK_ATTEMPT "
                 "$POTD_REASON:$POTD_EXIT_CODE:$POTD_EXIT_SIGNAL\" >> " +
                     file().string() + "\n" + more}};
    }
    [[nodiscard]] Json hooks() const {
        Json all;
        for (const char* stage : {"prestart", "poststart", "prestop", "poststop"})
            all[stage] = Json::array({hook()});
        return all;
    }
    [[nodiscard]] std::vector<std::string> lines() const {
        std::vector<std::string> lines;
        std::istringstream text(read_file(file()));
        for (std::string line; std::getline(text, line);) lines.push_back(line);
        return lines;
    }

  private:
    [[nodiscard]] std::filesystem::path file() const { return dir_ / "diary"; }
    TempDir dir_;
};

Json merged(Json spec, const Json& more) {
    spec.update(more);
    return spec;
}

class HooksTest : public SystemTest {
  protected:
    Diary diary;
};

TEST_F(HooksTest, AllFourAreRunAroundAStop) {
    const std::string name = start(merged(idle(), {{"hooks", diary.hooks()}}));
    api.stop(name);
    EXPECT_THAT(
        diary.lines(),
        ElementsAre("prestart 1.1 ::", "poststart 1.1 ::", "prestop 1.1 ::", "poststop 1.1 stopped:0:"));
}

TEST_F(HooksTest, AnEndByItselfHasItsPoststopAndNoPrestop) {
    Json hooks = diary.hooks();
    hooks.erase("poststart");  // it would race with the end
    const std::string name = create({{"command", sh("exit 7")}, {"hooks", hooks}});
    api.start(name);
    EXPECT_EQ(api.wait(name)["exit_code"], 7);
    EXPECT_THAT(diary.lines(), ElementsAre("prestart 1.1 ::", "poststop 1.1 exited:7:"));
}

TEST_F(HooksTest, TheRunKeepsTheirResultAndOutput) {
    const Json hooks = {{"poststop", Json::array({diary.hook("echo out; echo err >&2; exit 3\n")})}};
    const std::string name = create({{"command", sh("true")}, {"hooks", hooks}});
    api.start(name);
    const Json run = api.wait(name);
    ASSERT_EQ(run["hooks"].size(), 1U) << run;
    const Json hook = run["hooks"][0];
    EXPECT_EQ(hook["stage"], "poststop");
    EXPECT_EQ(hook["attempt"], 1);
    EXPECT_EQ(hook["exit_code"], 3);
    EXPECT_EQ(hook["problem"], "exit code 3");
    EXPECT_EQ(hook["output"], "out\nerr\n");
    EXPECT_EQ(run["exit_code"], 0);
    EXPECT_EQ(api.inspect(name)["state"], "stopped");
}

TEST_F(HooksTest, AFailingPrestartMakesTheStartFail) {
    Json hooks = diary.hooks();
    hooks["prestart"] = Json::array({diary.hook("echo no room; exit 1\n")});
    const std::string name = create(merged(idle(), {{"hooks", hooks}}));
    const Response refused = api.request("POST", "/v1/pots/" + name + "/start");
    EXPECT_EQ(refused.status, 422) << refused.body;
    EXPECT_EQ(problem_field(refused), "hooks.prestart[0]");
    EXPECT_THAT(refused.body, HasSubstr("exit code 1"));
    EXPECT_EQ(api.inspect(name)["state"], "failed");
    EXPECT_THAT(diary.lines(),
                ElementsAre("prestart 1.1 ::", ::testing::StartsWith("poststop 1.1 start failed")));
}

TEST_F(HooksTest, AnIgnoredFailureIsOnlyRecorded) {
    Json hook = diary.hook("exit 1\n");
    hook["on_failure"] = "ignore";
    const std::string name = create(merged(idle(), {{"hooks", {{"prestart", Json::array({hook})}}}}));
    EXPECT_EQ(api.start(name)["state"], "running");
    EXPECT_THAT(api.inspect(name)["last_error"].get<std::string>(), HasSubstr("prestart hook 1"));
}

TEST_F(HooksTest, AHangingHookIsKilledWithAllItStarted) {
    Json hook = diary.hook(own_session + "sleep 271828180 & setsid sleep 271828181 & sleep 271828182\n");
    hook["timeout"] = "200ms";
    const std::string name =
        create({{"command", sh("true")}, {"hooks", {{"poststop", Json::array({hook})}}}});
    api.start(name);
    EXPECT_EQ(api.wait(name)["hooks"][0]["problem"], "timed out after 200ms");
    EXPECT_EQ(shell("pgrep -f '^sleep 27182818[012]$'").out, "");
}

TEST_F(HooksTest, AFloodOfOutputIsCut) {
    const Json hooks = {{"poststop", Json::array({diary.hook("head -c 20000000 /dev/zero | tr '\\0' x\n")})}};
    const std::string name = create({{"command", sh("true")}, {"hooks", hooks}});
    api.start(name);
    const Json hook = api.wait(name)["hooks"][0];
    EXPECT_TRUE(hook["problem"].is_null()) << hook["problem"];
    EXPECT_EQ(hook["output"].get<std::string>().size(), 16U << 10U);
    EXPECT_EQ(hook["truncated"], true);
}

TEST_F(HooksTest, AProgramThatIsNotThereIsRefusedWithItsField) {
    const auto refused = [&](const Json& hook) {
        const Json spec = {
            {"name", fresh_name()}, {"base", "host"}, {"hooks", {{"prestop", Json::array({hook})}}}};
        return problem_field(api.request("POST", "/v1/pots", spec));
    };
    EXPECT_EQ(refused({{"command", Json::array({"/no/such/hook"})}}), "hooks.prestop[0].command[0]");
    EXPECT_EQ(refused({{"command", Json::array({"/etc/passwd"})}}), "hooks.prestop[0].command[0]");
    EXPECT_EQ(refused({{"command", Json::array({"/etc"})}}), "hooks.prestop[0].command[0]");
    EXPECT_EQ(refused({{"command", Json::array({"/bin/true"})}, {"on_failure", "abort"}}),
              "hooks.prestop[0].on_failure");
}

/// A program that can be run when it is given to a pot, and no longer when its turn comes.
class BrokenHookTest : public HooksTest {
  protected:
    BrokenHookTest() {
        write_file(file, "#!/bin/sh\n");
        fs::permissions(file, fs::perms::owner_all);
    }
    [[nodiscard]] Json hooks(const char* stage) const {
        return {{"hooks", {{stage, Json::array({{{"command", Json::array({file.string()})}}})}}}};
    }
    void take_execution_away() const { fs::permissions(file, fs::perms::owner_read); }
    void take_interpreter_away() const { write_file(file, "#!/no/such/interpreter\n"); }

    TempDir dir;
    const fs::path file = dir / "hook";
};

TEST_F(BrokenHookTest, APrestartHookThatCannotBeRunMakesTheStartFailAndNothingStays) {
    const std::string name = create(merged(idle(), hooks("prestart")));
    const LeakCheck leaks;
    for (const bool executable : {false, true}) {
        executable ? fs::permissions(file, fs::perms::owner_all) : take_execution_away();
        if (executable) take_interpreter_away();
        const std::string why = executable ? ": its interpreter does not exist" : ": Permission denied";
        const Response refused = api.act(name, "start");
        EXPECT_EQ(refused.status, 422) << refused.describe();
        EXPECT_EQ(problem_field(refused), "hooks.prestart[0]");
        EXPECT_THAT(refused.json()["detail"].get<std::string>(), HasSubstr(file.string() + why));
        EXPECT_EQ(api.inspect(name)["state"], "failed");
        EXPECT_THAT(api.inspect(name)["last_error"].get<std::string>(), HasSubstr(file.string() + why));
        EXPECT_THAT(leaks.leftovers(), IsEmpty());
    }
    const Json runs = api.runs(name);
    ASSERT_EQ(runs.size(), 2U);
    for (const Json& run : runs) {
        EXPECT_TRUE(run["started_at"].is_null()) << run;
        EXPECT_THAT(run["reason"].get<std::string>(), HasSubstr("start failed"));
    }
}

TEST_F(BrokenHookTest, APoststopHookThatCannotBeRunIsRecordedAndThePotHasStopped) {
    const std::string name = create(merged(idle(), hooks("poststop")));
    api.start(name);
    take_interpreter_away();
    EXPECT_EQ(api.stop(name)["state"], "stopped");
    api.start(name);
    take_execution_away();
    EXPECT_EQ(api.stop(name)["state"], "stopped");
    const Json runs = api.runs(name);
    ASSERT_EQ(runs.size(), 2U);
    const char* const whys[] = {": its interpreter does not exist", ": Permission denied"};
    for (std::size_t i = 0; i < 2; ++i) {
        ASSERT_EQ(runs[i]["hooks"].size(), 1U) << runs[i];
        const Json hook = runs[i]["hooks"][0];
        EXPECT_EQ(hook["stage"], "poststop");
        EXPECT_EQ(hook["problem"], file.string() + whys[i]);
        EXPECT_TRUE(hook["exit_code"].is_null() && hook["signal"].is_null()) << hook;
        EXPECT_FALSE(hook["ended_at"].is_null()) << hook;
        EXPECT_EQ(runs[i]["reason"], "stopped");
    }
}

TEST_F(HooksTest, AnUnknownUserMakesTheStartFail) {
    const Json hook = {{"command", Json::array({"/bin/sh"})}, {"user", "nosuchuser"}};
    const std::string name = create(merged(idle(), {{"hooks", {{"prestart", Json::array({hook})}}}}));
    const Response refused = api.request("POST", "/v1/pots/" + name + "/start");
    EXPECT_EQ(refused.status, 422) << refused.body;
    EXPECT_THAT(refused.body, HasSubstr("nosuchuser"));
}

TEST_F(HooksTest, AScriptRunsAsItsUserToo) {
    const Json hook = {{"script", "#!/bin/sh\nid -un\n"}, {"user", "nobody"}};
    const std::string name =
        create({{"command", sh("true")}, {"hooks", {{"poststop", Json::array({hook})}}}});
    api.start(name);
    EXPECT_EQ(api.wait(name)["hooks"][0]["output"], "nobody\n");
}

TEST_F(HooksTest, PotctlSetsAndRemovesThem) {
    TempDir dir;
    write_file(dir / "hook.sh", "#!/bin/sh\necho \"$_POT_NAME $1\" > " + (dir / "out").string() + "\n");
    std::filesystem::permissions(dir / "hook.sh", std::filesystem::perms::owner_all);
    const std::string name = create({{"command", sh("true")}});
    const std::string script = (dir / "hook.sh").string();
    EXPECT_EQ(shell("potctl set-hook -p " + name + " -T " + script).status, 0);
    write_file(dir / "hook.sh", "#!/bin/sh\nexit 9\n");  // edited later: no effect
    api.start(name);
    EXPECT_EQ(api.wait(name)["hooks"][0]["exit_code"], 0);
    EXPECT_EQ(read_file(dir / "out"), name + " \n");
    EXPECT_EQ(shell("potctl set-hook " + name + " --remove poststop").status, 0);
    EXPECT_THAT(api.inspect(name)["spec"]["hooks"]["poststop"], IsEmpty());
    const Outcome bad = shell("potctl set-hook -p " + name + " -s /etc/passwd");
    EXPECT_EQ(bad.status, 1);
    EXPECT_THAT(bad.err, HasSubstr("not an executable file"));
}

class RestartPolicyTest : public SystemTest {
  protected:
    Json failing(const std::string& policy, int retries = 0) {
        Json restart = {{"policy", policy}, {"backoff", {{"initial", "20ms"}, {"max", "50ms"}}}};
        if (retries != 0) restart["max_retries"] = retries;
        return {{"command", sh("exit 3")}, {"restart", restart}};
    }
    bool state_becomes(const std::string& name, const std::string& state) {
        return wait_until([&] { return api.inspect(name)["state"] == state; });
    }
};

TEST_F(RestartPolicyTest, OnFailureTriesAgainAndGivesUp) {
    const std::string name = create(failing("on-failure", 2));
    api.start(name);
    ASSERT_TRUE(wait_until([&] {
        return api.runs(name).size() == 3 && api.inspect(name)["state"] == "stopped";
    })) << api.inspect(name);
    const Json runs = api.runs(name);
    EXPECT_EQ(runs[0]["cause"], "request");
    EXPECT_EQ(runs[2]["cause"], "restart");
    EXPECT_THAT(api.inspect(name)["last_error"].get<std::string>(), HasSubstr("gave up after 2 restarts"));
}

TEST_F(RestartPolicyTest, OnFailureLeavesASuccessAlone) {
    Json spec = failing("on-failure");
    spec["command"] = sh("exit 0");
    const std::string name = create(spec);
    api.start(name);
    api.wait(name);
    ASSERT_TRUE(state_becomes(name, "stopped"));
    EXPECT_EQ(api.runs(name).size(), 1U);
}

TEST_F(RestartPolicyTest, AStopEndsTheBackOff) {
    Json spec = failing("always");
    spec["restart"]["backoff"] = {{"initial", "1h"}, {"max", "1h"}};
    const std::string name = create(spec);
    api.start(name);
    ASSERT_TRUE(state_becomes(name, "backoff"));
    const Json waiting = api.inspect(name);
    EXPECT_EQ(waiting["desired"], "running");
    EXPECT_TRUE(waiting["next_start_at"].is_string());
    EXPECT_EQ(api.request("DELETE", "/v1/pots/" + name).status, 409);
    EXPECT_EQ(api.stop(name)["state"], "stopped");
    EXPECT_TRUE(api.inspect(name)["next_start_at"].is_null());
}

TEST_F(RestartPolicyTest, AUsersStopIsNotUndone) {
    Json spec = merged(idle(), {{"restart", {{"policy", "always"}}}});
    const std::string name = start(spec);
    EXPECT_EQ(api.stop(name)["state"], "stopped");
    EXPECT_EQ(api.inspect(name)["desired"], "stopped");
}

class DependsOnTest : public SystemTest {};

TEST_F(DependsOnTest, StartsWhatItNeedsAndStopsWhatNeedsIt) {
    const std::string db = create(idle());
    const std::string web = create(merged(idle(), {{"depends_on", Json::array({db})}}));
    EXPECT_EQ(api.start(web)["state"], "running");
    EXPECT_EQ(api.inspect(db)["state"], "running");
    EXPECT_EQ(api.inspect(db)["run"]["cause"], "dependency");
    EXPECT_EQ(api.stop(db)["state"], "stopped");
    const Json web_run = api.inspect(web)["run"];
    EXPECT_TRUE(web_run["ended_at"].is_string()) << web_run;
    EXPECT_LE(web_run["ended_at"].get<std::string>(), api.inspect(db)["run"]["ended_at"].get<std::string>());
}

TEST_F(DependsOnTest, ADependencyThatCannotStartIsTold) {
    const std::string db = create({{"command", Json::array({"/no/such/program"})}});
    const std::string web = create(merged(idle(), {{"depends_on", Json::array({db})}}));
    const Response refused = api.request("POST", "/v1/pots/" + web + "/start");
    EXPECT_EQ(refused.status, 409) << refused.body;
    EXPECT_EQ(problem_field(refused), "depends_on");
    EXPECT_THAT(refused.body, HasSubstr(db));
    EXPECT_EQ(api.inspect(web)["state"], "failed");
}

TEST_F(DependsOnTest, RefusesWhatMakesNoGraph) {
    const std::string a = create(idle());
    const std::string b = create(merged(idle(), {{"depends_on", Json::array({a})}}));
    const auto refused = [&](const std::string& pot, const Json& on) {
        const Response answer = api.request("PATCH", "/v1/pots/" + pot, {{"depends_on", on}});
        EXPECT_EQ(answer.status, 422) << answer.body;
        EXPECT_EQ(problem_field(answer).substr(0, 11), "depends_on[") << answer.body;
        return answer.body;
    };
    EXPECT_THAT(refused(a, Json::array({b})), HasSubstr(a + " -> " + b + " -> " + a));
    refused(a, Json::array({a}));
    refused(a, Json::array({"nosuchpot"}));
    refused(b, Json::array({a, a}));
    EXPECT_EQ(api.request("DELETE", "/v1/pots/" + a).status, 409);
    EXPECT_EQ(shell("potctl remove-dep -p " + b + " -P " + a).status, 0);
    EXPECT_EQ(shell("potctl remove-dep -p " + b + " -P " + a).status, 1);
    EXPECT_EQ(shell("potctl add-dep -p " + a + " -P " + b).status, 0);
    EXPECT_THAT(api.inspect(a)["spec"]["depends_on"], ElementsAre(b));
}

class PruneGraceTest : public SystemTest {};

TEST_F(PruneGraceTest, ADryRunOnlyTellsAndGraceSparesTheYoung) {
    const std::string job = create({{"command", sh("true")}, {"prunable", true}});
    const std::string never_ran = create({{"command", sh("true")}, {"prunable", true}});
    const std::string kept = create({{"command", sh("true")}});
    for (const std::string& name : {job, kept}) {
        api.start(name);
        api.wait(name);
    }
    const auto prune = [&](const Json& request) {
        return api.expect(200, "POST", "/v1/system/prune", request)["removed"];
    };
    EXPECT_THAT(prune({{"grace", "1h"}}), IsEmpty());
    EXPECT_THAT(prune({{"dry_run", true}}), ElementsAre(job));
    EXPECT_EQ(api.inspect(job)["state"], "stopped");
    EXPECT_THAT(prune({{"dry_run", true}, {"bases", true}}), ElementsAre(job));
    EXPECT_EQ(shell("potctl prune -n").out, job + "\n");
    EXPECT_EQ(shell("potctl system prune").out, job + "\n");
    EXPECT_EQ(api.request("GET", "/v1/pots/" + job).status, 404);
    EXPECT_EQ(api.inspect(never_ran)["state"], "created");
    EXPECT_EQ(problem_field(api.request("POST", "/v1/system/prune", {{"grace", "soon"}})), "grace");
}

/// What ends potd or the machine.
class ShutdownTest : public OwnPotdTest {};

TEST_F(ShutdownTest, StopsEveryPotDependentsFirst) {
    start_potd();
    PotApi first = api();
    const Json idle = sh("trap 'exit 0' TERM; while :; do sleep 1000 & wait; done");
    first.create({{"name", "db"}, {"base", "host"}, {"command", idle}});
    first.create({{"name", "web"}, {"base", "host"}, {"command", idle}, {"depends_on", Json::array({"db"})}});
    first.start("web");
    EXPECT_EQ(first.expect(200, "POST", "/v1/system/shutdown", {{"stop_pots", true}})["stopped"],
              Json::array({"web", "db"}));
    EXPECT_EQ(potd.wait_exit(milliseconds(30'000)), 0);
    potd.start();
    PotApi second = api();
    EXPECT_EQ(second.inspect("db")["state"], "stopped");
    EXPECT_EQ(second.inspect("web")["run"]["reason"], "stopped");
}

/// What a crash of potd cuts.
class SupervisionCrashTest : public OwnPotdTest {
  protected:
    void SetUp() override {
        OwnPotdTest::SetUp();
        if (IsSkipped()) return;
        start_potd();
    }
    Diary diary;
};

TEST_F(SupervisionCrashTest, APoststopHookThatWasCutIsRunOnceMore) {
    PotApi first = api();
    const Json hooks = {
        {"poststop", Json::array({diary.hook("[ $POTD_HOOK_ATTEMPT = 1 ] && sleep 1000\nexit 0\n")})}};
    first.create({{"name", "web"}, {"base", "host"}, {"command", sh("exit 5")}, {"hooks", hooks}});
    first.start("web");
    ASSERT_TRUE(wait_until([&] { return diary.lines().size() == 1; }));
    potd.restart();
    PotApi second = api();
    const Json run = second.wait("web");
    EXPECT_THAT(diary.lines(), ElementsAre("poststop 1.1 exited:5:", "poststop 1.2 exited:5:"));
    ASSERT_EQ(run["hooks"].size(), 2U) << run;
    EXPECT_THAT(run["hooks"][0]["problem"].get<std::string>(), HasSubstr("cut"));
    EXPECT_TRUE(run["hooks"][1]["problem"].is_null());
    second.destroy("web");
}

TEST_F(SupervisionCrashTest, ThePoststopHookOfAPotThatEndedMeanwhileIsRun) {
    PotApi first = api();
    TempDir dir;
    const std::string gate = (dir / "gate").string();
    first.create({{"name", "web"},
                  {"base", "host"},
                  {"mounts", Json::array({{{"dir", dir.path().string()}, {"target", "/mnt"}}})},
                  {"command", sh("until [ -e /mnt/gate ]; do sleep 0.02; done; exit 4")},
                  {"hooks", diary.hooks()}});
    const pid_t pid = first.start("web")["run"]["pid"];
    potd.kill9();
    write_file(gate, "");
    ASSERT_TRUE(wait_until([&] { return process(pid).pid == 0; }));
    potd.start();
    PotApi second = api();
    EXPECT_EQ(second.wait("web")["exit_code"], 4);
    EXPECT_THAT(diary.lines(), ElementsAre("prestart 1.1 ::", "poststart 1.1 ::", "poststop 1.1 exited:4:"));
    second.destroy("web");
}

TEST_F(SupervisionCrashTest, ABackOffGoesOnAfterACrash) {
    PotApi first = api();
    first.create({{"name", "web"},
                  {"base", "host"},
                  {"command", sh("exit 3")},
                  {"restart",
                   {{"policy", "on-failure"},
                    {"max_retries", 1},
                    {"backoff", {{"initial", "500ms"}, {"max", "500ms"}}}}}});
    first.start("web");
    ASSERT_TRUE(wait_until([&] { return first.inspect("web")["state"] == "backoff"; }));
    potd.restart();
    PotApi second = api();
    ASSERT_TRUE(wait_until([&] {
        return second.runs("web").size() == 2 && second.inspect("web")["state"] == "stopped";
    })) << second.inspect("web");
    second.destroy("web");
}

}  // namespace
}  // namespace potd::test
