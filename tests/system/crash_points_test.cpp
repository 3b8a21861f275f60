// potd dies by SIGKILL at every effect and every commit, one after the other, of what pots go through; each
// time it is started again and the invariants of the design must hold. tests/crash makes the points.
#include "tests/support/leak_check.hpp"
#include "tests/system/fixture.hpp"
#include "tests/system/truth.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <optional>
#include <set>
#include <sstream>
#include <stdexcept>

namespace potd::test {
namespace {

namespace fs = std::filesystem;
using States = std::set<std::string>;

const std::string gone = "gone";
const std::string pot_name = "web";

/// The files by which a test tells the pot's command and its hooks what to do.
struct Signs {
    TempDir dir;
    [[nodiscard]] std::string path(const char* name) const { return (dir / name).string(); }
    void raise(const char* name) const { write_file(dir / name, ""); }
    void lower(const char* name) const { fs::remove(dir / name); }
};

/// What is tried while potd can die, and what may come of it.
struct Scenario {
    std::string name;
    std::string command;                ///< a shell script; the signs are below /signs
    std::vector<std::string> before;    ///< requests that are done before points are counted
    std::vector<std::string> act;       ///< requests, signs ("+gate"), states waited for ("=stopped")
    int accepted = 200;                 ///< how the last request is answered
    States after;                       ///< what the pot is if it was answered so
    States otherwise;                   ///< what it may be if potd died first
    std::string prestart = {};          ///< of the prestart hook
    Json more = Json::object();         ///< of the spec
    std::optional<int> exit_code = {};  ///< how every run that was not asked to end ended
    bool at_start = false;  ///< `act` is done while no potd runs, the points are those of its start
};

const std::string idle_script = "exec sleep 1000";
const std::string gate_script = "until [ -e /signs/gate ]; do sleep 0.01; done; exit 7";

std::vector<Scenario> scenarios() {
    const Json retry = {
        {"restart", {{"policy", "on-failure"}, {"backoff", {{"initial", "20ms"}, {"max", "20ms"}}}}}};
    const std::string once = "[ -e /signs/second ] && exec sleep 1000; : > /signs/second; " + gate_script;
    return {
        {"Create", idle_script, {}, {"create"}, 201, {"created"}, {gone, "created"}},
        {"Start", idle_script, {"create"}, {"start"}, 200, {"running"}, {"created", "running"}},
        {"Stop", idle_script, {"create", "start"}, {"stop"}, 200, {"stopped"}, {"running", "stopped"}},
        {"Restart", idle_script, {"create", "start"}, {"restart"}, 200, {"running"}, {"running"}},
        {"Pause", idle_script, {"create", "start"}, {"pause"}, 200, {"paused"}, {"running", "paused"}},
        {"Exit",
         gate_script,
         {"create", "start"},
         {"+gate", "=stopped"},
         200,
         {"stopped"},
         {"stopped"},
         "",
         Json::object(),
         7},
        {"ExitAndRetry",
         once,
         {"create", "start"},
         {"+gate", "=run 2"},
         200,
         {"running"},
         {"running"},
         "",
         retry,
         7},
        {"FailedStart",
         idle_script,
         {"create"},
         {"start"},
         422,
         {"failed"},
         {"created", "failed"},
         "[ -e SIGNS/allowed ] || exit 1"},
        {"Destroy", idle_script, {"create", "start", "stop"}, {"destroy"}, 204, {gone}, {gone, "stopped"}},
        {"DestroyByForce",
         idle_script,
         {"create", "start"},
         {"destroy by force"},
         204,
         {gone},
         {gone, "running"}},
        {"Recovery",
         idle_script,
         {"create", "start"},
         {},
         200,
         {"running"},
         {"running"},
         "",
         Json::object(),
         {},
         true},
        {"RecoveryOfAnEnd",
         gate_script,
         {"create", "start"},
         {"+gate"},
         200,
         {"stopped"},
         {"stopped"},
         "",
         Json::object(),
         7,
         true},
    };
}

std::size_t points_tried = 0;
std::size_t leaks_found = 0;

class Totals : public ::testing::Environment {
  public:
    void TearDown() override {
        std::cout << "crash points: " << points_tried << " tried, " << leaks_found << " leaks found\n";
    }
};
const auto* const totals = ::testing::AddGlobalTestEnvironment(new Totals);  // NOLINT: gtest owns it

/// Every how manieth point is tried.
std::size_t stride() {
    const char* chosen = std::getenv("POTD_CRASH_STRIDE");  // NOLINT(concurrency-mt-unsafe)
    return chosen != nullptr ? std::max<std::size_t>(1, std::stoul(chosen)) : 1;
}

/// No death is of the machine, so nothing need be on a disk.
PotdOptions in_memory() {
    PotdOptions options;
    if (fs::is_directory("/dev/shm")) options.place = "/dev/shm";
    return options;
}

class CrashPointsTest : public OwnPotdTest, public ::testing::WithParamInterface<Scenario> {
  protected:
    CrashPointsTest() : OwnPotdTest(in_memory()) {}
    void SetUp() override {
        OwnPotdTest::SetUp();
        if (IsSkipped()) return;
        start_potd();
        // A whole life first: what the machine keeps for the next one is no leak.
        for (const char* request : {"create", "start", "destroy by force"}) do_request(request);
        settle_files();
        potd.kill9();
        files_ = files();
        before_.emplace();
    }

    /// Whether potd came as far as the n-th point.
    bool try_point(std::size_t n);
    void prepare(std::size_t n);
    void act();
    int do_request(const std::string& request);
    void do_step(const std::string& step);
    void wait_for(const std::string& what);
    [[nodiscard]] bool dead() {
        if (!dead_) dead_ = potd.wait_exit(milliseconds(0)).has_value();
        return dead_;
    }

    void check_truth(Problems& problems);
    void check_state(const Json& pot, Problems& problems) const;
    void check_ends(const Json& runs, Problems& problems) const;
    void use_again(Problems& problems);
    void check_leaks(Problems& problems);
    Json quiet_pot(Problems& problems);
    void settle_files();
    [[nodiscard]] std::vector<std::string> files() const;
    [[nodiscard]] Json spec() const;
    [[nodiscard]] std::string where() const;
    [[nodiscard]] static bool settled(const Json& pot);
    [[nodiscard]] std::string points_file() const { return potd.directory() / "points"; }

    Signs signs;
    HookDiary diary;
    std::optional<LeakCheck> before_;
    std::vector<std::string> files_;  ///< of potd when it has no pots
    int answered_ = 0;
    bool dead_ = false;
};

Json CrashPointsTest::spec() const {
    const Scenario& scenario = GetParam();
    Json all = {{"name", pot_name},
                {"base", "host"},
                {"command", sh(scenario.command)},
                {"mounts", Json::array({{{"dir", signs.dir.path().string()}, {"target", "/signs"}}})},
                {"hooks", diary.hooks()}};
    std::string prestart = scenario.prestart;
    if (const auto at = prestart.find("SIGNS"); at != std::string::npos)
        prestart.replace(at, 5, signs.dir.path().string());
    all["hooks"]["prestart"] = Json::array({diary.hook(prestart)});
    all.update(scenario.more);
    return all;
}

int CrashPointsTest::do_request(const std::string& request) {
    const std::string pot = "/v1/pots/" + pot_name;
    if (request == "create") return potd.http("POST", "/v1/pots", spec()).status;
    if (request == "destroy") return potd.http("DELETE", pot).status;
    if (request == "destroy by force") return potd.http("DELETE", pot + "?force=true").status;
    return potd.http("POST", pot + "/" + request).status;
}

void CrashPointsTest::wait_for(const std::string& what) {
    static_cast<void>(wait_until(
        [&] {
            if (dead()) return true;
            const Json pot = potd.http("GET", "/v1/pots/" + pot_name).json();
            if (!pot.is_object()) return false;
            if (what == "run 2") return pot["state"] == "running" && pot["run"]["number"] >= 2;
            return pot["state"] == what;
        },
        milliseconds(60'000)));
    answered_ = dead() ? 0 : 200;
}

void CrashPointsTest::do_step(const std::string& step) {
    if (step[0] == '+')
        signs.raise(step.substr(1).c_str());
    else if (step[0] == '=')
        wait_for(step.substr(1));
    else
        answered_ = do_request(step);
}

/// potd as it is killed later; the requests that come before.
void CrashPointsTest::prepare(std::size_t n) {
    for (const char* sign : {"gate", "second", "allowed", "count"}) signs.lower(sign);
    fs::remove(points_file());
    diary.clear();
    answered_ = 0;
    dead_ = false;
    std::map<std::string, std::string> env{{"POTD_CRASH_AT", std::to_string(n)},
                                           {"POTD_CRASH_COUNT", points_file()}};
    if (!GetParam().at_start) env["POTD_CRASH_FROM"] = signs.path("count");
    potd.launch_as(GetParam().at_start ? "potd" : "potd_crash", env);
    if (!potd.wait_ready()) throw std::runtime_error("potd is not ready:\n" + potd.log());
    for (const std::string& request : GetParam().before) {
        const int status = do_request(request);
        if (status / 100 != 2) throw std::runtime_error(request + " -> " + std::to_string(status));
    }
    signs.raise("count");
    if (!GetParam().at_start) return;
    const pid_t main = api().inspect(pot_name)["run"]["pid"];
    potd.kill9();
    for (const std::string& step : GetParam().act) do_step(step);
    if (GetParam().exit_code) static_cast<void>(wait_for_exit(main, milliseconds(30'000)));
    potd.launch_as("potd_crash", env);
}

void CrashPointsTest::act() {
    if (GetParam().at_start) {
        if (!potd.wait_ready()) dead_ = potd.wait_exit(milliseconds(10'000)).has_value();
        if (!dead_) wait_for(*GetParam().after.begin());
    } else {
        for (const std::string& step : GetParam().act) {
            if (!dead()) do_step(step);
        }
    }
    // What follows the answer has its turn before this one's.
    if (!dead_ && potd.http("GET", "/v1/pots").status == 0)
        dead_ = potd.wait_exit(milliseconds(10'000)).has_value();
}

/// False when potd did not come as far as the n-th point.
bool CrashPointsTest::try_point(std::size_t n) {
    prepare(n);
    act();
    const bool died = dead();
    if (!dead_) potd.kill9();
    potd.start();
    Problems problems;
    check_truth(problems);
    if (problems.empty()) use_again(problems);
    check_leaks(problems);
    for (const std::string& problem : problems) {
        ADD_FAILURE() << GetParam().name << ", killed at point " << n << " (" << where() << "): " << problem;
    }
    return died;
}

/// The pot, null if there is none, once nothing is under way.
Json CrashPointsTest::quiet_pot(Problems& problems) {
    Json pot;
    const bool quiet = wait_until(
        [&] {
            const Response answer = potd.http("GET", "/v1/pots/" + pot_name);
            pot = answer.status == 200 ? answer.json() : Json();
            return pot.is_null() || (!in_between(pot) && pot["state"] != "backoff" && settled(pot));
        },
        milliseconds(30'000));
    if (!quiet) problems.push_back("never quiet: " + pot.dump());
    return pot;
}

bool CrashPointsTest::settled(const Json& pot) {
    // A pot is running from its command's start on; its poststart hook comes after.
    return pot["state"] != "running" || pot["run"]["stage"] == "up";
}

void CrashPointsTest::check_truth(Problems& problems) {
    PotApi client = api();
    const Json pot = quiet_pot(problems);
    const std::vector<Json> events = all_events(client);
    check_state(pot, problems);
    check_events(events, problems);
    const Json runs = pot.is_null() ? Json::array() : client.runs(pot_name);
    if (!pot.is_null()) {
        check_runs(pot, runs, events, problems);
        check_ends(runs, problems);
    }
    auto diaries = diary.read();
    const bool live = pot.is_object() && (pot["state"] == "running" || pot["state"] == "paused");
    for (const auto& [key, entries] : diaries) {
        const bool is_last = live && pot["id"] == key.first && pot["run"]["number"] == key.second;
        check_hooks(key.first, key.second, entries, is_last, problems);
    }
    for (const Json& run : runs)
        check_hook_records(pot["id"], run, diaries[{pot["id"], run["number"].get<int>()}], problems);
}

/// I5: what was acknowledged holds, what was not is whole or absent.
void CrashPointsTest::check_state(const Json& pot, Problems& problems) const {
    const Scenario& scenario = GetParam();
    const bool accepted = answered_ == scenario.accepted;
    if (answered_ != 0 && !accepted) problems.push_back("answered with " + std::to_string(answered_));
    const std::string state = pot.is_null() ? gone : pot["state"].get<std::string>();
    if (!(accepted ? scenario.after : scenario.otherwise).contains(state)) {
        problems.push_back(std::string(accepted ? "acknowledged" : "not acknowledged") + ", and then " +
                           state + ": " + pot.dump());
    }
}

/// Nobody but potd was killed, so no end may be lost or other than it was.
void CrashPointsTest::check_ends(const Json& runs, Problems& problems) const {
    for (const Json& run : runs) {
        if (run["lost"] == true) problems.push_back("lost: " + run.dump());
        if (GetParam().exit_code && run["exit_code"].is_number() && run["exit_code"] != *GetParam().exit_code)
            problems.push_back("a wrong exit code: " + run.dump());
    }
}

/// A pot that went through it can be started, stopped and destroyed as any other.
void CrashPointsTest::use_again(Problems& problems) {
    signs.lower("gate");
    signs.raise("allowed");
    signs.raise("second");
    const Json pot = quiet_pot(problems);
    std::vector<std::string> requests{"start", "stop", "destroy"};
    if (pot.is_null()) requests.insert(requests.begin(), "create");
    if (pot.is_object() && pot["state"] == "paused") requests.front() = "resume";
    if (pot.is_object() && pot["state"] == "running") requests.erase(requests.begin());
    for (const std::string& request : requests) {
        const int status = do_request(request);
        if (status / 100 != 2) problems.push_back("then " + request + " -> " + std::to_string(status));
    }
    for (const auto& [key, entries] : diary.read())
        check_hooks(key.first, key.second, entries, false, problems);
}

void CrashPointsTest::settle_files() {
    static_cast<void>(wait_until(
        [&] { return fs::is_empty(potd.state_dir() / "pots") && fs::is_empty(potd.state_dir() / "trash"); }));
}

/// I4: with no pot left there is nothing of it.
void CrashPointsTest::check_leaks(Problems& problems) {
    do_request("destroy by force");
    settle_files();
    potd.kill9();
    std::vector<std::string> left = before_->leftovers();
    const std::vector<std::string> now = files();
    std::set_difference(now.begin(), now.end(), files_.begin(), files_.end(), std::back_inserter(left));
    leaks_found += left.size();
    for (const std::string& one : left) problems.push_back("left behind: " + one);
}

/// What potd keeps in its directories, but for its database.
std::vector<std::string> CrashPointsTest::files() const {
    std::vector<std::string> found;
    for (const fs::path& place : {potd.state_dir(), potd.run_dir()}) {
        for (const auto& entry : fs::recursive_directory_iterator(place)) {
            if (entry.path().filename().string().rfind("potd.db", 0) != 0)
                found.push_back(entry.path().string());
        }
    }
    std::sort(found.begin(), found.end());
    return found;
}

/// The last point potd came to.
std::string CrashPointsTest::where() const {
    std::istringstream lines(read_file(points_file()));
    std::string last;
    for (std::string line; std::getline(lines, line);) last = line;
    return last;
}

TEST_P(CrashPointsTest, NothingIsLost) {
    std::size_t n = 1;
    std::size_t tried = 0;
    for (bool reached = true; reached; n += stride()) {
        reached = try_point(n);
        tried += reached ? 1 : 0;
    }
    // The last one survived: every point there is was passed.
    std::cout << GetParam().name << ": " << where() << " is the last point; " << tried << " tried\n";
    points_tried += tried;
    EXPECT_GT(tried, 0U);
}

INSTANTIATE_TEST_SUITE_P(Of, CrashPointsTest, ::testing::ValuesIn(scenarios()),
                         [](const auto& scenario) { return scenario.param.name; });

}  // namespace
}  // namespace potd::test
