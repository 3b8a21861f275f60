// potd dies by SIGKILL at every effect and every commit, one after the other, of what pots go through; each
// time it is started again, and dies again at every point of that start, and the invariants of the design
// must hold. tests/crash makes the points.
#include "tests/support/leak_check.hpp"
#include "tests/system/crash_scenarios.hpp"
#include "tests/system/fixture.hpp"
#include "tests/system/truth.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <memory>
#include <optional>
#include <set>
#include <sstream>
#include <stdexcept>

#include <sqlite3.h>

namespace potd::test {
namespace {

namespace fs = std::filesystem;

const std::string& pot_name = crash_names::pot;
const std::vector<std::string> pot_names{crash_names::pot, crash_names::dependency};

/// The files by which a test tells the pot's command and its hooks what to do.
struct Signs {
    TempDir dir;
    [[nodiscard]] std::string path(const char* name) const { return (dir / name).string(); }
    void raise(const char* name) const { write_file(dir / name, ""); }
    void lower(const char* name) const { fs::remove(dir / name); }
};

std::size_t points_tried = 0;
std::size_t points_of_recovery = 0;
std::size_t leaks_found = 0;

class Totals : public ::testing::Environment {
  public:
    void TearDown() override {
        std::cout << "crash points: " << points_tried << " tried, " << points_of_recovery
                  << " more within a recovery, " << leaks_found << " leaks found\n";
    }
};
const auto* const totals = ::testing::AddGlobalTestEnvironment(new Totals);  // NOLINT: gtest owns it

/// Every how manieth point is tried.
std::size_t stride() {
    const char* chosen = std::getenv("POTD_CRASH_STRIDE");  // NOLINT(concurrency-mt-unsafe)
    return chosen != nullptr ? std::max<std::size_t>(1, std::stoul(chosen)) : 1;
}

/// After a death at which points, of `last`, the recovery is walked.
std::vector<std::size_t> first_deaths(std::size_t last) {
    const std::size_t middle = std::max<std::size_t>(1, last / 2);
    if (stride() > 1) return {middle};
    return {std::max<std::size_t>(1, last / 4), middle, std::max<std::size_t>(1, last * 3 / 4)};
}

/// No death is of the machine, so nothing need be on a disk.
PotdOptions in_memory() {
    PotdOptions options;
    if (const std::string memory = memory_directory(); !memory.empty()) options.place = memory;
    return options;
}

class CrashPointsTest : public OwnPotdTest, public ::testing::WithParamInterface<CrashScenario> {
  protected:
    CrashPointsTest() : OwnPotdTest(in_memory()) {}
    void SetUp() override {
        OwnPotdTest::SetUp();
        if (IsSkipped()) return;
        start_potd();
        for (const char* file : {"etc/one", "etc/two", "usr/bin/three"}) write_file(tree_ / file, file);
        // A whole life first: what the machine keeps for the next one is no leak.
        for (const char* request : {"create", "start", "destroy by force"}) do_request(request);
        settle_files();
        potd.kill9();
        files_ = files();
        before_.emplace();
    }

    /// Whether potd came as far as the n-th point.
    bool try_point(std::size_t n);
    /// Dies at the n-th point, then at the k-th of the recovery; whether that came as far.
    bool try_recovery(std::size_t n, std::size_t k);
    void walk();
    void walk_recovery(std::size_t n);
    void check_all(const std::string& what);
    void prepare(std::size_t n);
    void act();
    int do_request(const std::string& request);
    void do_step(const std::string& step);
    bool wait_for(const std::string& what);
    void reboot() const;
    [[nodiscard]] bool dead() {
        if (!dead_) dead_ = potd.wait_exit(milliseconds(0)).has_value();
        return dead_;
    }

    void check_truth(Problems& problems);
    void check_pot(const Json& pot, const std::vector<Json>& events,
                   std::map<HookDiary::PotRun, HookDiary::OfRun>& diaries, Problems& problems);
    void check_state(const Json& pot, Problems& problems) const;
    void check_base(Problems& problems) const;
    void check_volume(Problems& problems) const;
    void check_ends(const Json& runs, Problems& problems) const;
    void use_again(Problems& problems);
    void check_leaks(Problems& problems);
    Json quiet_pot(const std::string& name, Problems& problems);
    void settle_files();
    [[nodiscard]] std::vector<std::string> files() const;
    [[nodiscard]] Json spec(const std::string& name) const;
    [[nodiscard]] std::string where() const;
    [[nodiscard]] std::size_t last_point() const;
    [[nodiscard]] static bool settled(const Json& pot);
    [[nodiscard]] std::string points_file() const { return potd.directory() / "points"; }

    Signs signs;
    HookDiary diary;
    TempDir tree_;  ///< what the base is made of
    std::optional<LeakCheck> before_;
    std::vector<std::string> files_;  ///< of potd when it has no pots
    std::string key_;                 ///< of the request that is tried; empty: none
    int answered_ = 0;
    bool dead_ = false;
};

Json CrashPointsTest::spec(const std::string& name) const {
    const CrashScenario& scenario = GetParam();
    const bool other = name != pot_name;
    Json all = {{"name", name},
                {"base", "host"},
                {"command", sh(other ? "exec sleep 1000" : scenario.command)},
                {"mounts", Json::array({{{"dir", signs.dir.path().string()}, {"target", "/signs"}}})},
                {"hooks", diary.hooks()}};
    if (other) return all;
    std::string prestart = scenario.prestart;
    if (const auto at = prestart.find("SIGNS"); at != std::string::npos)
        prestart.replace(at, 5, signs.dir.path().string());
    all["hooks"]["prestart"] = Json::array({diary.hook(prestart)});
    all.update(scenario.more);
    return all;
}

/// "start", "start db", "install".
int CrashPointsTest::do_request(const std::string& request) {
    Headers headers;
    if (!key_.empty()) headers["Idempotency-Key"] = key_;
    const std::string base = "/v1/bases/" + crash_names::base;
    if (request == "install")
        return potd
            .http("POST", "/v1/bases", {{"name", crash_names::base}, {"directory", tree_.path().string()}},
                  headers)
            .status;
    if (request == "remove") return potd.http("DELETE", base, nullptr, headers).status;
    const std::string volume = "/v1/fscomps/" + crash_names::volume;
    if (request == "fscomp")
        return potd.http("POST", "/v1/fscomps", {{"name", crash_names::volume}}, headers).status;
    if (request == "remove fscomp") return potd.http("DELETE", volume, nullptr, headers).status;
    const bool other = request.ends_with(" " + crash_names::dependency);
    const std::string name = other ? crash_names::dependency : pot_name;
    const std::string what = other ? request.substr(0, request.size() - name.size() - 1) : request;
    const std::string pot = "/v1/pots/" + name;
    if (what == "create") return potd.http("POST", "/v1/pots", spec(name), headers).status;
    if (what == "destroy") return potd.http("DELETE", pot, nullptr, headers).status;
    if (what == "destroy by force") return potd.http("DELETE", pot + "?force=true", nullptr, headers).status;
    if (what == "mount")
        return potd
            .http("POST", pot + "/mounts", {{"fscomp", crash_names::volume}, {"target", "/data"}}, headers)
            .status;
    if (what == "unmount") return potd.http("DELETE", pot + "/mounts?target=/data", nullptr, headers).status;
    if (what == "snapshot") return potd.http("POST", pot + "/snapshots", nullptr, headers).status;
    if (what == "purge") return potd.http("DELETE", pot + "/snapshots?keep=0", nullptr, headers).status;
    if (what == "clone")
        return potd.http("POST", pot + "/clone", {{"name", crash_names::dependency}}, headers).status;
    return potd.http("POST", pot + "/" + what, nullptr, headers).status;
}

/// False if potd died meanwhile, or after a minute.
bool CrashPointsTest::wait_for(const std::string& what) {
    const bool ended = wait_until(
        [&] {
            if (dead()) return true;
            const Json pot = potd.http("GET", "/v1/pots/" + pot_name).json();
            if (!pot.is_object()) return false;
            if (what == "run 2") return pot["state"] == "running" && pot["run"]["number"] >= 2;
            return pot["state"] == what;
        },
        milliseconds(60'000));
    return ended && !dead();
}

/// As potd sees it: the boot it knows is another than the present one.
void CrashPointsTest::reboot() const {
    sqlite3* opened = nullptr;
    const int result = sqlite3_open((potd.state_dir() / "potd.db").c_str(), &opened);
    const std::unique_ptr<sqlite3, int (*)(sqlite3*)> database(opened, sqlite3_close);
    if (result != SQLITE_OK || sqlite3_exec(opened, "UPDATE machine SET boot_id = 'the one before'", nullptr,
                                            nullptr, nullptr) != SQLITE_OK)
        throw std::runtime_error("the boot cannot be changed");
}

void CrashPointsTest::do_step(const std::string& step) {
    if (step[0] == '+')
        signs.raise(step.substr(1).c_str());
    else if (step[0] == '=')
        answered_ = wait_for(step.substr(1)) ? 200 : 0;
    else if (step == "reboot")
        reboot();
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
    const Json run = api().inspect(pot_name)["run"];
    potd.kill9();
    for (const std::string& step : GetParam().act) do_step(step);
    if (GetParam().exit_code) static_cast<void>(wait_for_exit(run["pid"], milliseconds(30'000)));
    potd.launch_as("potd_crash", env);
}

void CrashPointsTest::act() {
    if (GetParam().at_start) {
        if (!potd.wait_ready()) dead_ = potd.wait_exit(milliseconds(10'000)).has_value();
        if (!dead_) answered_ = wait_for(*GetParam().after.begin()) ? 200 : 0;
    } else {
        for (const std::string& step : GetParam().act) {
            if (!dead()) do_step(step);
        }
    }
    // What follows the answer has its turn before this one's.
    if (!dead_ && potd.http("GET", "/v1/pots").status == 0)
        dead_ = potd.wait_exit(milliseconds(10'000)).has_value();
}

bool CrashPointsTest::try_point(std::size_t n) {
    prepare(n);
    if (GetParam().keyed) key_ = GetParam().name + "-" + std::to_string(n);
    act();
    const bool died = dead();
    if (!dead_) potd.kill9();
    potd.start();
    // Whatever had become of it: by then it is done, and once only.
    if (GetParam().keyed) answered_ = do_request(GetParam().act.back());
    key_.clear();
    check_all("killed at point " + std::to_string(n) + " (" + where() + ")");
    return died;
}

bool CrashPointsTest::try_recovery(std::size_t n, std::size_t k) {
    prepare(n);
    act();
    if (!dead()) potd.kill9();
    std::string what = "killed at point " + std::to_string(n) + " (" + where() + ") and at point ";
    fs::remove(points_file());
    dead_ = false;
    potd.launch_as("potd_crash", {{"POTD_CRASH_AT", std::to_string(k)}, {"POTD_CRASH_COUNT", points_file()}});
    if (!potd.wait_ready()) dead_ = potd.wait_exit(milliseconds(10'000)).has_value();
    // What the start has begun has its turn before the end.
    if (!dead() && GetParam().at_start) static_cast<void>(wait_for(*GetParam().after.begin()));
    Problems none_yet;
    for (const std::string& name : pot_names) {
        if (!dead()) quiet_pot(name, none_yet);
    }
    const bool died = dead();
    if (!dead_) potd.kill9();
    dead_ = false;
    potd.start();
    check_all(what + std::to_string(k) + " of the recovery (" + where() + ")");
    return died;
}

void CrashPointsTest::check_all(const std::string& what) {
    dead_ = false;
    Problems problems;
    check_truth(problems);
    if (problems.empty()) use_again(problems);
    check_leaks(problems);
    for (const std::string& problem : problems)
        ADD_FAILURE() << GetParam().name << ", " << what << ": " << problem;
}

/// The pot, null if there is none, once nothing is under way.
Json CrashPointsTest::quiet_pot(const std::string& name, Problems& problems) {
    Json pot;
    const bool quiet = wait_until(
        [&] {
            if (dead()) return true;
            const Response answer = potd.http("GET", "/v1/pots/" + name);
            if (answer.status != 200 && answer.status != 404) return false;
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
    // What a start does when it already answers: nobody waits for that but we.
    if (GetParam().at_start && !wait_for(*GetParam().after.begin()))
        problems.push_back("never " + *GetParam().after.begin());
    PotApi client = api();
    std::vector<Json> pots;
    for (const std::string& name : pot_names) pots.push_back(quiet_pot(name, problems));
    check_state(pots.front(), problems);
    if (GetParam().base) check_base(problems);
    if (GetParam().volume) check_volume(problems);
    const std::vector<Json> events = all_events(client);
    check_events(events, problems);
    const Json unended = potd.http("GET", "/v1/operations?state=running").json();
    if (!unended["items"].empty()) problems.push_back("never ends: " + unended.dump());
    auto diaries = diary.read();
    std::set<HookDiary::PotRun> live;
    for (const Json& pot : pots) {
        const bool lives = pot.is_object() && (pot["state"] == "running" || pot["state"] == "paused");
        if (lives) live.insert({pot["id"], pot["run"]["number"].get<int>()});
    }
    for (const auto& [key, entries] : diaries)
        check_hooks(key.first, key.second, entries, live.contains(key), problems);
    for (const Json& pot : pots) {
        if (pot.is_object()) check_pot(pot, events, diaries, problems);
    }
    // I9: what it depends on was started before it.
    const bool depends = GetParam().more.contains("depends_on") && pots.front().is_object();
    if (depends && pots.front()["state"] == "running" && pots.back()["state"] != "running")
        problems.push_back("runs without what it depends on: " + pots.back().dump());
}

void CrashPointsTest::check_pot(const Json& pot, const std::vector<Json>& events,
                                std::map<HookDiary::PotRun, HookDiary::OfRun>& diaries, Problems& problems) {
    const Json runs = api().runs(pot["name"]);
    check_runs(pot, runs, events, problems);
    check_ends(runs, problems);
    for (const Json& run : runs)
        check_hook_records(pot["id"], run, diaries[{pot["id"], run["number"].get<int>()}], problems);
}

/// Whole or absent, and as it was answered.
void CrashPointsTest::check_base(Problems& problems) const {
    const bool there = potd.http("GET", "/v1/bases/" + crash_names::base).status == 200;
    if (answered_ == GetParam().accepted && there != *GetParam().base)
        problems.push_back("acknowledged, and then the base is" + std::string(there ? "" : " not") +
                           " there");
    const fs::path files = potd.state_dir() / "bases" / crash_names::base;
    if (!there && fs::exists(files)) problems.push_back("files of a base that is not there");
    for (const char* file : {"etc/one", "etc/two", "usr/bin/three"}) {
        if (there && read_file(files / file) != file)
            problems.push_back("the base lacks " + std::string(file));
    }
}

/// There with its tree, or neither.
void CrashPointsTest::check_volume(Problems& problems) const {
    const bool there = potd.http("GET", "/v1/fscomps/" + crash_names::volume).status == 200;
    if (answered_ == GetParam().accepted && there != *GetParam().volume)
        problems.push_back("acknowledged, and then the volume is" + std::string(there ? "" : " not") +
                           " there");
    // The pots that mount it were made after it, whatever has become of them.
    if (GetParam().more.contains("mounts") && !there) problems.push_back("the volume of a pot is gone");
    const fs::path folder = potd.state_dir() / "fscomp" / crash_names::volume;
    if (there && !fs::is_directory(folder / "root")) problems.push_back("a volume without its tree");
    if (!there && fs::exists(folder)) problems.push_back("the tree of a volume that is not there");
}

/// I5: what was acknowledged holds, what was not is whole or absent.
void CrashPointsTest::check_state(const Json& pot, Problems& problems) const {
    const CrashScenario& scenario = GetParam();
    const bool accepted = answered_ == scenario.accepted;
    if (answered_ != 0 && !accepted) problems.push_back("answered with " + std::to_string(answered_));
    const std::string state = pot.is_null() ? crash_names::gone : pot["state"].get<std::string>();
    if (!(accepted ? scenario.after : scenario.otherwise).contains(state)) {
        problems.push_back(std::string(accepted ? "acknowledged" : "not acknowledged") + ", and then " +
                           state + ": " + pot.dump());
    }
}

/// Nobody but potd was killed, so no end may be lost or other than it was.
void CrashPointsTest::check_ends(const Json& runs, Problems& problems) const {
    if (GetParam().keyed && runs.size() > 1) problems.push_back("done twice: " + runs.dump());
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
    const Json pot = quiet_pot(pot_name, problems);
    std::vector<std::string> requests{"start", "stop", "destroy"};
    // A snapshot that is there is whole; and a clone is in the way of nothing but its source's end.
    const Json snapshots = potd.http("GET", "/v1/pots/" + pot_name + "/snapshots").json();
    if (snapshots.contains("items") && !snapshots["items"].empty())
        requests.insert(requests.begin(), "rollback");
    const bool cloned = potd.http("GET", "/v1/pots/" + crash_names::dependency).json()["origin"].is_object();
    if (cloned) requests = {"start db", "destroy by force db", "start", "stop", "destroy"};
    if (pot.is_null()) requests.insert(requests.begin(), "create");
    if (pot.is_object() && pot["state"] == "paused") requests.front() = "resume";
    if (pot.is_object() && pot["state"] == "running") requests.erase(requests.begin());
    if (GetParam().base && potd.http("GET", "/v1/bases/" + crash_names::base).status == 404)
        requests.emplace_back("install");
    if (GetParam().base) requests.emplace_back("remove");
    const bool volume = potd.http("GET", "/v1/fscomps/" + crash_names::volume).status == 200;
    if (GetParam().volume && !volume) requests.insert(requests.begin(), "fscomp");
    if (GetParam().volume) requests.emplace_back("remove fscomp");
    for (const std::string& request : requests) {
        const int status = do_request(request);
        if (status / 100 != 2) problems.push_back("then " + request + " -> " + std::to_string(status));
    }
    do_request("destroy by force db");
    for (const auto& [key, entries] : diary.read())
        check_hooks(key.first, key.second, entries, false, problems);
}

void CrashPointsTest::settle_files() {
    static_cast<void>(wait_until(
        [&] { return fs::is_empty(potd.state_dir() / "pots") && fs::is_empty(potd.state_dir() / "trash"); }));
}

/// I4: with no pot left there is nothing of it.
void CrashPointsTest::check_leaks(Problems& problems) {
    for (const char* request : {"destroy by force", "destroy by force db", "remove", "remove fscomp"})
        do_request(request);
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

std::size_t CrashPointsTest::last_point() const {
    const std::string line = where();
    return line.empty() ? 0 : std::stoul(line);
}

void CrashPointsTest::walk() {
    std::size_t tried = 0;
    for (std::size_t n = 1; try_point(n); n += stride()) ++tried;
    // The last one survived: every point there is was passed.
    std::cout << GetParam().name << ": " << where() << " is the last point; " << tried << " tried\n";
    points_tried += tried;
    EXPECT_GT(tried, 0U);
}

void CrashPointsTest::walk_recovery(std::size_t n) {
    std::size_t tried = 0;
    for (std::size_t k = 1; try_recovery(n, k); k += stride() == 1 ? 1 : 2 * stride()) ++tried;
    std::cout << GetParam().name << ", after a death at " << n << ": " << where()
              << " is the last point of the recovery; " << tried << " tried\n";
    points_of_recovery += tried;
    EXPECT_GT(tried, 0U);
}

TEST_P(CrashPointsTest, NothingIsLost) {
    walk();
    for (const std::size_t n : first_deaths(last_point())) walk_recovery(n);
}

INSTANTIATE_TEST_SUITE_P(Of, CrashPointsTest, ::testing::ValuesIn(crash_scenarios()),
                         [](const auto& scenario) { return scenario.param.name; });

}  // namespace
}  // namespace potd::test
