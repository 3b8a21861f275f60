// From create to destroy, and how runs end.
#include "tests/system/fixture.hpp"

#include <csignal>

namespace potd::test {
namespace {

using ::testing::HasSubstr;

class LifeTest : public SystemTest {};

TEST_F(LifeTest, CreatesStartsStopsAndDestroys) {
    const std::string name = create(idle());
    EXPECT_EQ(api.inspect(name)["state"], "created");
    EXPECT_EQ(api.start(name)["state"], "running");
    EXPECT_EQ(api.stop(name)["state"], "stopped");
    api.destroy(name);
    EXPECT_EQ(api.request("GET", "/v1/pots/" + name).status, 404);
}

TEST_F(LifeTest, StartAnswersWithTheRunAndItsProcess) {
    const std::string name = create(idle());
    const Json run = api.start(name)["run"];
    EXPECT_EQ(run["number"], 1);
    EXPECT_TRUE(run["started_at"].is_string()) << run;
    EXPECT_TRUE(run["ended_at"].is_null()) << run;
    ASSERT_TRUE(run["pid"].is_number()) << run;
    EXPECT_NE(process(run["pid"]).pid, 0);
}

TEST_F(LifeTest, StopLeavesNoProcess) {
    const std::string name = start(idle());
    const pid_t pid = api.inspect(name)["run"]["pid"];
    api.stop(name);
    EXPECT_EQ(process(pid).pid, 0);
    EXPECT_TRUE(api.inspect(name)["run"]["pid"].is_null());
}

TEST_F(LifeTest, RecordsTheExitStatus) {
    for (const int status : {0, 1, 7, 126, 255}) {
        const Json end = run_script("exit " + std::to_string(status));
        EXPECT_EQ(end["exit_code"], status) << end;
        EXPECT_TRUE(end["signal"].is_null()) << end;
        EXPECT_EQ(end["lost"], false) << end;
    }
}

TEST_F(LifeTest, RecordsTheSignalThatEndedIt) {
    for (const int number : {SIGKILL, SIGTERM, SIGSEGV, SIGHUP}) {
        const Json end = run_script("kill -" + std::to_string(number) + " $$; sleep 100");
        EXPECT_EQ(end["signal"], number) << end;
        EXPECT_TRUE(end["exit_code"].is_null()) << end;
    }
}

TEST_F(LifeTest, AnEndByItselfStopsThePot) {
    const std::string name = create({{"command", sh("exit 3")}});
    api.start(name);
    EXPECT_EQ(api.wait(name)["exit_code"], 3);
    EXPECT_EQ(api.inspect(name)["state"], "stopped");
}

TEST_F(LifeTest, OrphansDieWithTheMainCommand) {
    const std::string name =
        start({{"command", sh(own_session + "setsid sh -c 'echo up >/up; exec sleep 98765' & "
                                            "while [ ! -s /up ]; do sleep 0.01; done; exit 0")}});
    api.wait(name);
    for (const Process& left : processes())
        EXPECT_THAT(left.command, ::testing::Not(HasSubstr("sleep 98765")));
}

TEST_F(LifeTest, OrphansAreReaped) {
    const std::string name =
        start({{"command", sh("for i in 1 2 3 4 5; do (sleep 0.01 &) ; done; echo up; exec sleep 1000")}});
    ASSERT_TRUE(wait_until([&] { return api.logs(name) == "up\n"; }));
    const auto zombies = [&] {
        const Json items = api.request("GET", "/v1/pots/" + name + "/processes").json()["items"];
        return items.size() > 2 || items.dump().find("\"state\":\"Z\"") != std::string::npos;
    };
    EXPECT_TRUE(wait_until([&] { return !zombies(); }));
}

TEST_F(LifeTest, StopKillsWhatIgnoresTheSignal) {
    const std::string name = start({{"command", sh("trap '' TERM; echo up; while :; do sleep 0.05; done")}});
    ASSERT_TRUE(wait_until([&] { return !api.logs(name).empty(); }));
    EXPECT_EQ(api.stop(name, {{"timeout", "100ms"}})["state"], "stopped");
    EXPECT_EQ(api.wait(name)["signal"], SIGKILL);
}

TEST_F(LifeTest, StopUsesThePotsOwnSignal) {
    Json spec{{"command", sh("trap 'exit 42' USR1; echo up; while :; do sleep 0.05; done")}};
    spec["stop"] = {{"signal", "USR1"}, {"timeout", "20s"}};
    const std::string name = start(spec);
    ASSERT_TRUE(wait_until([&] { return !api.logs(name).empty(); }));
    api.stop(name);
    EXPECT_EQ(api.wait(name)["exit_code"], 42);
}

TEST_F(LifeTest, StopIsIdempotent) {
    const std::string name = start(idle());
    api.stop(name);
    EXPECT_EQ(api.stop(name)["state"], "stopped");
    EXPECT_EQ(api.runs(name).size(), 1U);
}

TEST_F(LifeTest, RestartBeginsANewRun) {
    const std::string name = start(idle());
    const Json pot = [&] { return api.act(name, "restart").json(); }();
    EXPECT_EQ(pot["state"], "running");
    EXPECT_EQ(pot["run"]["number"], 2);
    const Json runs = api.runs(name);
    ASSERT_EQ(runs.size(), 2U);
    EXPECT_TRUE(runs[0]["ended_at"].is_string()) << runs;
    EXPECT_TRUE(runs[1]["ended_at"].is_null()) << runs;
}

TEST_F(LifeTest, RestartsAgainAfterAnEnd) {
    const std::string name = start({{"command", sh("echo once more")}});
    api.wait(name);
    api.start(name);
    EXPECT_EQ(api.wait(name)["number"], 2);
    EXPECT_EQ(api.logs(name), "once more\nonce more\n");
}

TEST_F(LifeTest, KeepsItsFilesBetweenRuns) {
    const std::string name = start({{"command", sh("test -e /mark && exit 5; echo x >/mark")}});
    EXPECT_EQ(api.wait(name)["exit_code"], 0);
    api.start(name);
    EXPECT_EQ(api.wait(name)["exit_code"], 5);
}

TEST_F(LifeTest, AMissingCommandIsAFailedStartWithTheReason) {
    const std::string name = create({{"command", {"/no/such/program"}}});
    const Response response = api.act(name, "start");
    EXPECT_GE(response.status, 400);
    EXPECT_THAT(response.body, HasSubstr("/no/such/program"));
    const Json pot = api.inspect(name);
    EXPECT_EQ(pot["state"], "failed");
    EXPECT_THAT(pot["last_error"].get<std::string>(), HasSubstr("/no/such/program"));
    EXPECT_TRUE(pot["run"]["started_at"].is_null()) << pot;
    EXPECT_THAT(pot["run"]["reason"].get<std::string>(), HasSubstr("start failed"));
}

TEST_F(LifeTest, AFileThatIsNoProgramIsAFailedStart) {
    for (const char* command : {"/etc/passwd", "/etc"}) {
        const std::string name = create({{"command", {command}}});
        const Response response = api.act(name, "start");
        EXPECT_GE(response.status, 400) << response.describe();
        EXPECT_EQ(api.inspect(name)["state"], "failed");
    }
}

TEST_F(LifeTest, AFailedStartCanBeRepaired) {
    const std::string name = create({{"command", {"/no/such/program"}}});
    EXPECT_GE(api.act(name, "start").status, 400);
    EXPECT_EQ(api.request("PATCH", "/v1/pots/" + name, {{"command", {"true"}}}).status, 200);
    api.start(name);
    EXPECT_EQ(api.wait(name)["exit_code"], 0);
}

TEST_F(LifeTest, FindsTheCommandInThePotsPath) {
    const std::string name = start({{"command", {"true"}}});
    EXPECT_EQ(api.wait(name)["exit_code"], 0);
}

TEST_F(LifeTest, APotWithoutACommandStaysUp) {
    const std::string name = start(Json::object());
    EXPECT_EQ(api.inspect(name)["state"], "running");
    EXPECT_EQ(api.exec(name, {"echo", "there"})["stdout"], "there\n");
    EXPECT_EQ(api.stop(name)["state"], "stopped");
}

TEST_F(LifeTest, APersistentPotOutlivesItsCommand) {
    const std::string name = start({{"command", sh("echo done")}, {"persistent", true}});
    ASSERT_TRUE(wait_until([&] { return api.logs(name) == "done\n"; }));
    EXPECT_EQ(api.exec(name, {"true"})["exit_code"], 0);
    EXPECT_EQ(api.inspect(name)["state"], "running");
}

TEST_F(LifeTest, DestroyOfARunningPotNeedsForce) {
    const std::string name = start(idle());
    const Response refused = api.request("DELETE", "/v1/pots/" + name);
    EXPECT_EQ(refused.status, 409) << refused.describe();
    EXPECT_EQ(api.inspect(name)["state"], "running");
    api.destroy(name, true);
    EXPECT_EQ(api.request("GET", "/v1/pots/" + name).status, 404);
}

TEST_F(LifeTest, APotMadeForOneRunIsGoneAfterIt) {
    const std::string name = start({{"command", sh("exit 0")}, {"remove_on_exit", true}});
    EXPECT_TRUE(wait_until([&] { return api.request("GET", "/v1/pots/" + name).status == 404; }));
}

TEST_F(LifeTest, GivesTheCommandItsSurroundings) {
    Json spec{
        {"hostname", "harbour"}, {"workdir", "/usr"}, {"user", "daemon"}, {"env", {{"COLOUR", "blue sky"}}}};
    const std::string out = output_of("hostname; pwd; id -un; echo $COLOUR", spec);
    EXPECT_EQ(out, "harbour\n/usr\ndaemon\nblue sky\n");
}

TEST_F(LifeTest, AnUnknownUserOrDirectoryIsAFailedStart) {
    for (const Json& spec : {Json{{"user", "nobody-here"}}, Json{{"workdir", "/no/such/place"}}}) {
        Json whole = spec;
        whole["command"] = sh("exit 0");
        const std::string name = create(whole);
        const Response response = api.act(name, "start");
        EXPECT_GE(response.status, 400) << response.describe();
        EXPECT_THAT(response.body, HasSubstr(spec.begin()->get<std::string>()));
    }
}

TEST_F(LifeTest, RunNumbersAndTimesAreInOrder) {
    const std::string name = create({{"command", sh("exit 0")}});
    for (int i = 0; i < 3; ++i) {
        api.start(name);
        api.wait(name);
    }
    const Json runs = api.runs(name);
    ASSERT_EQ(runs.size(), 3U);
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(runs[i]["number"], i + 1);
        EXPECT_LE(runs[i]["requested_at"], runs[i]["started_at"]);
        EXPECT_LE(runs[i]["started_at"], runs[i]["ended_at"]);
    }
    const Json last_first = api.request("GET", "/v1/pots/" + name + "/runs?order=desc&limit=1").json();
    EXPECT_EQ(last_first["items"][0]["number"], 3);
}

TEST_F(LifeTest, ANetworkOfNoneHasOnlyLoopback) {
    Json spec{{"network", {{"type", "none"}}}};
    if (resource_mode() == "jail") {
        // With the module of pf's log on the host each network has a pflog0, which leads nowhere.
        EXPECT_EQ(
            output_of("sysctl -n security.jail.vnet; ifconfig -l | sed 's/ pflog0//'; "
                      "ifconfig lo0 inet | grep -c 127.0.0.1; ifconfig lo0 inet6 | grep -c 'inet6 ::1 '",
                      spec),
            "1\nlo0\n1\n1\n");
    } else {
        EXPECT_EQ(output_of("ls /sys/class/net", spec), "lo\n");
    }
}

}  // namespace
}  // namespace potd::test
