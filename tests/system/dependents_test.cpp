// What becomes of a pot when one it depends on is restarted, destroyed, or to be started at boot; and stop
// commands.
#include "tests/system/fixture.hpp"
#include "tests/system/truth.hpp"

#include <algorithm>
#include <csignal>

#include <sqlite3.h>

namespace potd::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Json with(Json spec, const Json& more) {
    spec.update(more);
    return spec;
}

class DependentsTest : public SystemTest {
  protected:
    [[nodiscard]] bool becomes(const std::string& name, const std::string& state) {
        return wait_until([&] { return api.inspect(name)["state"] == state; }, milliseconds(30'000));
    }
    /// The place of a pot's last event of this type in the whole history.
    [[nodiscard]] std::size_t when(const std::string& name, const std::string& type) {
        const std::vector<Json> events = all_events(api);
        for (std::size_t i = events.size(); i > 0; --i) {
            if (events[i - 1]["pot"] == name && events[i - 1]["type"] == type) return i - 1;
        }
        return events.size();
    }
};

TEST_F(DependentsTest, GoDownBeforeARestartAndComeUpAfterIt) {
    const std::string db = create(idle());
    const std::string web = create(with(idle(), {{"depends_on", Json::array({db})}}));
    const std::string down = create(with(idle(), {{"depends_on", Json::array({db})}}));
    api.start(web);
    const Outcome restarted = shell("potctl restart " + db);
    ASSERT_EQ(restarted.status, 0) << restarted.describe();
    ASSERT_TRUE(wait_until([&] { return api.inspect(web)["run"]["number"] == 2; }));
    ASSERT_TRUE(becomes(web, "running"));
    EXPECT_EQ(api.inspect(db)["run"]["number"], 2);
    EXPECT_EQ(api.inspect(down)["state"], "created");
    EXPECT_LT(when(web, "pot.stopped"), when(db, "pot.stopping"));
    EXPECT_LT(when(db, "pot.started"), when(web, "pot.started"));
}

TEST_F(DependentsTest, OneThatIsGoneIsInTheWayOfAStartOnly) {
    const std::string db = create(idle());
    const std::string web = create(with(idle(), {{"depends_on", Json::array({db})}}));
    api.destroy(db, true);
    EXPECT_EQ(shell("potctl set-env -p " + web + " -E A=1").status, 0);
    const Outcome started = shell("potctl start " + web);
    EXPECT_EQ(started.status, 4);
    EXPECT_THAT(started.err, HasSubstr("depends on " + db + ", which does not exist"));
    EXPECT_EQ(problem_field(api.request("POST", "/v1/pots/" + web + "/start")), "depends_on");
    EXPECT_EQ(api.inspect(web)["state"], "failed");
    EXPECT_EQ(shell("potctl remove-dep -p " + web + " -P " + db).status, 0);
    EXPECT_EQ(api.start(web)["state"], "running");
}

TEST_F(DependentsTest, WhoAlwaysRestartsGivesUpWithoutIt) {
    const std::string db = start(idle());
    const Json again = {{"policy", "always"}, {"backoff", {{"initial", "10ms"}, {"max", "10ms"}}}};
    const std::string web = start(with(idle(), {{"depends_on", Json::array({db})}, {"restart", again}}));
    api.destroy(db, true);
    EXPECT_EQ(api.inspect(web)["state"], "running");
    api.act(web, "kill", {{"signal", "KILL"}});
    ASSERT_TRUE(becomes(web, "failed"));
    EXPECT_THAT(api.inspect(web)["last_error"].get<std::string>(), HasSubstr(db));
    EXPECT_LT(when(web, "pot.gave_up"), all_events(api).size());
}

using StopCommandTest = DependentsTest;

/// A pot that does not listen to TERM and ends with 5 when /tmp/quit is there.
Json stubborn() {
    return {{"command", sh("trap '' TERM; until [ -e /tmp/quit ]; do sleep 0.02; done; exit 5")}};
}

TEST_F(StopCommandTest, RunsInsideAsThePotsUserInsteadOfTheSignal) {
    const std::string name = fresh_name();
    const Outcome made =
        shell("potctl create " + name +
              " -b host -u daemon --stop-command '/bin/sh -c \"id -un >/tmp/quit\"' -- /bin/sh -c "
              "'trap \"\" TERM; until grep -qs . /tmp/quit; do sleep 0.02; done; cat /tmp/quit'");
    ASSERT_EQ(made.status, 0) << made.describe();
    api.start(name);
    EXPECT_EQ(api.stop(name)["state"], "stopped");
    EXPECT_EQ(api.wait(name)["exit_code"], 0);
    EXPECT_EQ(api.wait(name)["reason"], "stopped");
    EXPECT_EQ(api.logs(name), "daemon\n");
    api.destroy(name);
}

TEST_F(StopCommandTest, OneThatIsNotThereOrFailsFallsBackToTheSignal) {
    for (const Json& command : {Json::array({"/no/such/program"}), sh("exit 3")}) {
        const std::string name = start(with(idle(), {{"stop", {{"command", command}}}}));
        EXPECT_EQ(api.stop(name)["state"], "stopped");
        EXPECT_EQ(api.wait(name)["exit_code"], 0) << "it has listened to TERM";
        EXPECT_THAT(api.inspect(name)["last_error"].get<std::string>(), HasSubstr("stop command"));
        EXPECT_LT(when(name, "pot.stop_command_failed"), all_events(api).size());
    }
}

TEST_F(StopCommandTest, OneThatHangsIsKilledWithThePot) {
    const Json stop = {{"command", Json::array({"/bin/sleep", "314159265"})}, {"timeout", "300ms"}};
    const std::string name = start(with(stubborn(), {{"stop", stop}}));
    EXPECT_EQ(api.stop(name)["state"], "stopped");
    EXPECT_EQ(api.wait(name)["signal"], 9);
    EXPECT_EQ(shell("pgrep -f '^/bin/sleep 314159265$'").out, "");
}

TEST_F(StopCommandTest, TheAttributeOfPotSetsIt) {
    const std::string name = start(stubborn());
    EXPECT_EQ(shell("potctl set-attribute -p " + name + " -A exec_stop -V 'touch /tmp/quit; exit 0'").status,
              0);
    EXPECT_THAT(shell("potctl get-attribute -p " + name + " -A exec_stop").out, HasSubstr("touch /tmp/quit"));
    EXPECT_EQ(api.stop(name)["state"], "stopped");
    EXPECT_EQ(api.wait(name)["exit_code"], 5);
}

/// Requests that come at the wrong moment.
using BadMomentTest = DependentsTest;

TEST_F(BadMomentTest, ARestartOfAPotUnderDestruction) {
    const Json slow = {{"poststop", Json::array({{{"command", Json::array({"/bin/sleep", "2"})}}})}};
    const std::string name = start(with(idle(), {{"hooks", slow}}));
    HttpConnection asking(potd().socket());
    ASSERT_TRUE(asking.send("DELETE /v1/pots/" + name + "?force=true HTTP/1.1\r\nHost: x\r\n\r\n"));
    ASSERT_TRUE(becomes(name, "destroying"));
    const Response refused = api.request("POST", "/v1/pots/" + name + "/restart");
    EXPECT_EQ(refused.status, 409) << refused.body;
    EXPECT_THAT(refused.body, HasSubstr("is destroying"));
    EXPECT_TRUE(wait_until([&] { return api.request("GET", "/v1/pots/" + name).status == 404; },
                           milliseconds(30'000)));
}

TEST_F(BadMomentTest, AStopDuringTheStart) {
    const Json slow = {{"prestart", Json::array({{{"command", Json::array({"/bin/sleep", "1000"})}}})}};
    const std::string name = create(with(idle(), {{"hooks", slow}}));
    HttpConnection asking(potd().socket());
    ASSERT_TRUE(
        asking.send("POST /v1/pots/" + name + "/start HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"));
    ASSERT_TRUE(becomes(name, "starting"));
    EXPECT_EQ(api.stop(name, {{"timeout", "0s"}})["state"], "stopped");
    EXPECT_EQ(api.wait(name)["reason"], "stopped");
}

TEST_F(BadMomentTest, ADestroyDuringTheBackOff) {
    const Json again = {{"policy", "always"}, {"backoff", {{"initial", "1h"}, {"max", "1h"}}}};
    const std::string name = create({{"command", sh("exit 3")}, {"restart", again}});
    api.start(name);
    ASSERT_TRUE(becomes(name, "backoff"));
    EXPECT_EQ(api.request("DELETE", "/v1/pots/" + name).status, 409);
    EXPECT_EQ(api.request("DELETE", "/v1/pots/" + name + "?force=true").status, 204);
    EXPECT_EQ(api.request("GET", "/v1/pots/" + name).status, 404);
}

/// What a crash of potd or of the machine cuts.
class DependentsCrashTest : public OwnPotdTest {
  protected:
    void SetUp() override {
        OwnPotdTest::SetUp();
        if (IsSkipped()) return;
        start_potd();
    }
    static Json idle(const std::string& before_the_end = "") {
        return {
            {"base", "host"},
            {"command", sh("trap '" + before_the_end + "exit 0' TERM; while :; do sleep 1000 & wait; done")}};
    }
    [[nodiscard]] static bool becomes(PotApi& client, const std::string& name, const std::string& state) {
        return wait_until([&] { return client.inspect(name)["state"] == state; }, milliseconds(30'000));
    }
    /// As if the machine had another boot id when potd ran last. potd must be down.
    void forget_the_boot() const {
        sqlite3* database = nullptr;
        ASSERT_EQ(sqlite3_open((potd.state_dir() / "potd.db").c_str(), &database), SQLITE_OK);
        char* problem = nullptr;
        const int done = sqlite3_exec(
            database, "UPDATE machine SET boot_id = 'before'; UPDATE runs SET boot_id = 'before'", nullptr,
            nullptr, &problem);
        EXPECT_EQ(done, SQLITE_OK) << (problem != nullptr ? problem : "");
        sqlite3_free(problem);
        sqlite3_close(database);
    }
};

TEST_F(DependentsCrashTest, WhoSteppedAsideComesUpAgain) {
    PotApi first = api();
    first.create(with(idle(), {{"name", "db"}}));
    first.create(with(idle("sleep 1; "), {{"name", "web"}, {"depends_on", Json::array({"db"})}}));
    first.start("web");
    HttpConnection asking(potd.socket());
    ASSERT_TRUE(asking.send("POST /v1/pots/db/restart HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"));
    ASSERT_TRUE(becomes(first, "web", "stopping"));
    EXPECT_EQ(first.inspect("web")["desired"], "running");
    EXPECT_EQ(first.inspect("db")["state"], "running");
    potd.restart();
    PotApi second = api();
    ASSERT_TRUE(
        wait_until([&] { return second.inspect("web")["run"]["number"] == 2; }, milliseconds(30'000)));
    EXPECT_TRUE(becomes(second, "web", "running"));
    EXPECT_EQ(second.inspect("db")["state"], "running");
    second.stop("db");
}

TEST_F(DependentsCrashTest, EachPotIsStartedOnceInABoot) {
    PotApi first = api();
    const Json boot = {{"start", true}};
    for (const char* name : {"a", "b", "c", "d"})
        first.create(with(idle(), {{"name", name}, {"boot", boot}}));
    first.create(with(idle(), {{"name", "other"}}));
    for (int round = 1; round <= 3; ++round) {
        potd.terminate();
        forget_the_boot();
        potd.launch();
        ASSERT_TRUE(potd.wait_ready());
        potd.restart();  // it may have been in the middle of them
        PotApi client = api();
        for (const char* name : {"a", "b", "c", "d"}) {
            ASSERT_TRUE(becomes(client, name, "running")) << name << client.inspect(name);
            EXPECT_EQ(client.runs(name).size(), static_cast<std::size_t>(round)) << name;
            EXPECT_EQ(client.inspect(name)["run"]["cause"], "boot");
        }
        EXPECT_EQ(client.inspect("other")["state"], "created");
        for (const char* name : {"a", "b", "c", "d"}) client.stop(name);
    }
}

TEST_F(DependentsCrashTest, ACrashAsksTheStopCommandOnceMore) {
    PotApi first = api();
    const Json stop = {
        {"command", sh("echo x >>/tmp/asked; [ $(wc -l </tmp/asked) = 2 ] || sleep 1000; touch /tmp/quit")},
        {"timeout", "60s"}};
    first.create(with(stubborn(), {{"name", "web"}, {"base", "host"}, {"stop", stop}}));
    first.start("web");
    HttpConnection asking(potd.socket());
    ASSERT_TRUE(asking.send("POST /v1/pots/web/stop HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"));
    ASSERT_TRUE(wait_until([&] {
        return first.exec("web", {"/bin/sh", "-c", "cat /tmp/asked"})["stdout"] == "x\n";
    }));
    potd.restart();
    PotApi second = api();
    EXPECT_EQ(second.wait("web")["exit_code"], 5);
    EXPECT_TRUE(becomes(second, "web", "stopped"));
}

}  // namespace
}  // namespace potd::test
