// potd is killed and comes back: pots run on, what ended meanwhile is known, nothing is left over.
#include "core/base/time.hpp"
#include "tests/support/joining_thread.hpp"
#include "tests/system/fixture.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <thread>

namespace potd::test {
namespace {

class RestartTest : public OwnPotdTest {
  protected:
    void SetUp() override {
        OwnPotdTest::SetUp();
        if (!IsSkipped()) start_potd();
    }
    /// A running pot; its main process.
    pid_t start(const std::string& name, const std::string& script, Json spec = Json::object()) {
        spec["name"] = name;
        spec["base"] = "host";
        spec["command"] = sh(script);
        api().create(spec);
        return api().start(name)["run"]["pid"];
    }
    /// How many ends potd has still to take.
    std::ptrdiff_t ends_on_record() const {
        const std::filesystem::directory_iterator files(potd.run_dir() / "pots");
        return std::count_if(begin(files), end(files),
                             [](const auto& file) { return file.path().extension() == ".exit"; });
    }
};

std::int64_t now_ms() {
    using namespace std::chrono;
    return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

const std::string until_told = "while [ ! -e /go ]; do sleep 0.01; done; ";

TEST_F(RestartTest, PotsRunOnAndAreAdopted) {
    const pid_t main = start("a", "echo up; while :; do sleep 0.02; done");
    const Process before = process(main);
    potd.restart();
    EXPECT_EQ(process(main).start_time, before.start_time);
    const Json pot = api().inspect("a");
    EXPECT_EQ(pot["state"], "running");
    EXPECT_EQ(pot["run"]["pid"], main);
    EXPECT_EQ(pot["run"]["number"], 1);
    EXPECT_EQ(api().exec("a", {"echo", "hello"})["stdout"], "hello\n");
    EXPECT_EQ(api().stop("a")["state"], "stopped");
    EXPECT_EQ(process(main).pid, 0);
}

TEST_F(RestartTest, SurvivesManyDeathsInARow) {
    const pid_t main = start("a", "while :; do sleep 0.02; done");
    for (int i = 0; i < 5; ++i) potd.restart();
    EXPECT_EQ(api().inspect("a")["run"]["pid"], main);
    EXPECT_EQ(api().runs("a").size(), 1U);
}

TEST_F(RestartTest, AnEndWhilePotdWasAwayIsTold) {
    const pid_t main = start("a", until_told + "seq 20000; exit 5");
    potd.kill9();
    write_file(root_of(main) + "/go", "");
    ASSERT_TRUE(wait_for_exit(main, milliseconds(60'000)));
    potd.start();
    const Json end = api().wait("a");
    EXPECT_EQ(end["exit_code"], 5) << end;
    EXPECT_EQ(end["lost"], false) << end;
    EXPECT_EQ(end["reason"], "exited") << end;
    EXPECT_TRUE(api().logs("a") == run_program({"seq", "20000"}).out);
    EXPECT_EQ(api().inspect("a")["state"], "stopped");
}

TEST_F(RestartTest, TheTimeOfSuchAnEndIsTrue) {
    const pid_t main = start("a", until_told + "exit 0");
    potd.kill9();
    write_file(root_of(main) + "/go", "");
    ASSERT_TRUE(wait_for_exit(main, milliseconds(60'000)));
    // The monitor stamps the end when it has its turn, before it writes the record.
    ASSERT_TRUE(wait_until([&] { return ends_on_record() == 1; }));
    const std::string after = core::format_time({now_ms()});
    static_cast<void>(wait_until([] { return false; }, milliseconds(300)));
    potd.start();
    EXPECT_LE(api().wait("a")["ended_at"].get<std::string>(), after);
}

TEST_F(RestartTest, AWriterIsNotHeldUpWhilePotdIsAway) {
    const pid_t main = start("a", until_told + "head -c 5000000 /dev/zero | tr '\\0' x; exit 4");
    potd.kill9();
    write_file(root_of(main) + "/go", "");
    EXPECT_TRUE(wait_for_exit(main, milliseconds(60'000)));
    potd.start();
    EXPECT_EQ(api().wait("a")["exit_code"], 4);
    EXPECT_EQ(api().logs("a").size(), 5'000'000U);
}

TEST_F(RestartTest, ASignalWhilePotdWasAwayIsTold) {
    const pid_t main = start("a", "exec sleep 1000");
    potd.kill9();
    ::kill(main, SIGTERM);
    ASSERT_TRUE(wait_for_exit(main, milliseconds(60'000)));
    potd.start();
    EXPECT_EQ(api().wait("a")["signal"], SIGTERM);
}

TEST_F(RestartTest, ADeadMonitorTakesItsPotDown) {
    const pid_t main = start("a", "sleep 1000 & exec sleep 1000");
    const pid_t monitor = monitor_of(main);
    ASSERT_GT(monitor, 1);
    ::kill(monitor, SIGKILL);
    EXPECT_TRUE(wait_for_exit(main, milliseconds(60'000)));
    const Json end = api().wait("a");
    EXPECT_EQ(end["lost"], true) << end;
    EXPECT_THAT(end["reason"].get<std::string>(), ::testing::StartsWith("lost")) << end;
    EXPECT_TRUE(end["exit_code"].is_null()) << end;
    EXPECT_TRUE(wait_until([&] { return api().inspect("a")["state"] == "stopped"; })) << api().inspect("a");
}

TEST_F(RestartTest, AMonitorThatDiedMeanwhileIsALostRun) {
    const pid_t main = start("a", "exec sleep 1000");
    const pid_t monitor = monitor_of(main);
    potd.kill9();
    ::kill(monitor, SIGKILL);
    EXPECT_TRUE(wait_for_exit(main, milliseconds(60'000)));
    potd.start();
    const Json end = api().wait("a");
    EXPECT_EQ(end["lost"], true) << end;
    api().start("a");
    EXPECT_EQ(api().inspect("a")["run"]["number"], 2);
}

TEST_F(RestartTest, APotThatWasStoppedStaysStopped) {
    start("a", "exec sleep 1000");
    api().stop("a", {{"timeout", "50ms"}});
    potd.restart();
    EXPECT_EQ(api().inspect("a")["state"], "stopped");
    EXPECT_EQ(api().runs("a").size(), 1U);
}

TEST_F(RestartTest, APausedPotStaysPaused) {
    const pid_t main = start("a", "exec sleep 1000");
    ASSERT_EQ(api().act("a", "pause").status, 200);
    potd.restart();
    EXPECT_EQ(api().inspect("a")["state"], "paused");
    EXPECT_EQ(api().act("a", "resume").status, 200);
    EXPECT_EQ(api().inspect("a")["run"]["pid"], main);
}

TEST_F(RestartTest, AcknowledgedChangesSurvive) {
    for (int i = 0; i < 10; ++i) {
        const std::string name = "p" + std::to_string(i);
        api().create({{"name", name}, {"base", "host"}, {"labels", {{"round", std::to_string(i)}}}});
        potd.restart();
        EXPECT_EQ(api().inspect(name)["spec"]["labels"]["round"], std::to_string(i));
    }
}

TEST_F(RestartTest, EventsHaveNoGapsAcrossDeaths) {
    for (int i = 0; i < 3; ++i) {
        start("p" + std::to_string(i), "exec sleep 1000");
        potd.restart();
    }
    const Json items = api()
                           .request("GET", "/v1/events?limit=1000", nullptr, {{"Accept", "application/json"}})
                           .json()["items"];
    ASSERT_FALSE(items.empty());
    for (std::size_t i = 0; i < items.size(); ++i) EXPECT_EQ(items[i]["number"], i + 1) << items;
}

TEST_F(RestartTest, SigtermLeavesPotsRunning) {
    const pid_t main = start("a", "exec sleep 1000");
    EXPECT_EQ(potd.terminate(), 0) << potd.log();
    EXPECT_NE(process(main).pid, 0);
    potd.start();
    EXPECT_EQ(api().inspect("a")["run"]["pid"], main);
}

/// Short-lived pots made and started by two clients while potd is killed at a moment that moves through
/// their lives; the truth is checked after every death.
class DeathLoopTest : public RestartTest {
  protected:
    static void live(const std::string& socket, const std::string& prefix, const std::atomic<bool>& stop) {
        PotApi client(socket);
        for (int i = 0; !stop; ++i) {
            const std::string name = prefix + std::to_string(i);
            const Json spec{
                {"name", name}, {"base", "host"}, {"command", sh("echo x; exit " + std::to_string(i % 9))}};
            if (client.request("POST", "/v1/pots", spec).status != 201) continue;
            if (client.act(name, "start").status != 200) continue;
            client.request("GET", "/v1/pots/" + name + "/wait");
            if (i % 3 == 0) client.request("DELETE", "/v1/pots/" + name + "?force=true");
        }
    }

    /// So that potd's lives, of which the longest is thirty of these, last from nothing to a few lives of a
    /// pot.
    void set_pace() {
        const auto begun = std::chrono::steady_clock::now();
        api().create({{"name", "pace"}, {"base", "host"}});
        const auto took = std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - begun);
        step_ = std::max(milliseconds(7), took / 6);
    }

    void one_death(int round) {
        std::atomic<bool> stop = false;
        {
            const std::string prefix = "r" + std::to_string(round);
            JoiningThread first([&] { live(potd.socket(), prefix + "a", stop); });
            JoiningThread second([&] { live(potd.socket(), prefix + "b", stop); });
            // The time to live is what is varied; nothing is expected of it.
            static_cast<void>(potd.wait_exit(milliseconds(2) + round * step_));
            potd.kill9();
            stop = true;
        }
        potd.start();
    }

    void check_pot(const Json& pot) {
        const std::string name = pot["name"];
        static_cast<void>(wait_until([&] { return !live_state(api().inspect(name)["state"]); }));
        const Json now = api().inspect(name);
        EXPECT_FALSE(live_state(now["state"])) << now;
        const Json runs = api().runs(name);
        EXPECT_LE(runs.size(), 1U) << runs;
        for (const Json& run : runs) {
            EXPECT_TRUE(run["ended_at"].is_string()) << run;
            const bool ended_by_itself = !run["exit_code"].is_null() || !run["signal"].is_null();
            EXPECT_EQ(ended_by_itself, run["lost"] == false && run["started_at"].is_string()) << run;
        }
    }

    static bool live_state(const Json& state) {
        return state == "running" || state == "starting" || state == "stopping" || state == "destroying";
    }

    milliseconds step_{7};
};

TEST_F(DeathLoopTest, EveryRunHasOneRecordAndNothingIsLeft) {
    set_pace();
    for (int round = 0; round < 30; ++round) one_death(round);
    const Json items = api().request("GET", "/v1/pots?limit=1000").json()["items"];
    EXPECT_FALSE(items.empty());
    for (const Json& pot : items) check_pot(pot);
    for (const Json& pot : items) api().destroy(pot["name"], true);
    // With no pot left there must be nothing of this instance in the kernel or on the disk.
    EXPECT_TRUE(wait_until([&] {
        for (const std::string& object : kernel_objects()) {
            if (object.find(potd.instance() + "/") != std::string::npos) return false;
        }
        return true;
    }));
    EXPECT_TRUE(wait_until([&] { return std::filesystem::is_empty(potd.state_dir() / "pots"); }));
    EXPECT_TRUE(wait_until([&] { return std::filesystem::is_empty(potd.state_dir() / "trash"); }));
}

}  // namespace
}  // namespace potd::test
