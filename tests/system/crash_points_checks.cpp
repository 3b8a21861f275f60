// What must hold after a death of potd at any of its crash points: the invariants of the design, and nothing
// left.
#include "daemon/platform/posix/safe_path.hpp"
#include "daemon/platform/posix/tree_quota.hpp"
#include "tests/system/crash_points_fixture.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>

namespace potd::test {

namespace fs = std::filesystem;

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
    if (GetParam().at_start && !wait_for(awaited())) problems.push_back("never " + awaited());
    std::vector<Json> pots;
    pots.reserve(crash_pot_names.size());
    for (const std::string& name : crash_pot_names) pots.push_back(quiet_pot(name, problems));
    check_state(pots.front(), problems);
    if (GetParam().base) check_base(problems);
    if (GetParam().volume) check_volume(problems);
    if (GetParam().network) check_networks(pots.front(), problems);
    if (GetParam().bounded) check_limits(pots.front(), problems);
    for (const Json& pot : pots) check_run_limits(pot, problems);
    check_names(pots.front(), problems);
    check_records(pots, problems);
    const Json unended = potd.http("GET", "/v1/operations?state=running").json();
    if (!unended["items"].empty()) problems.push_back("never ends: " + unended.dump());
    // I9: what it depends on was started before it.
    const bool depends = GetParam().more.contains("depends_on") && pots.front().is_object();
    if (depends && pots.front()["state"] == "running" && pots.back()["state"] != "running")
        problems.push_back("runs without what it depends on: " + pots.back().dump());
}

/// The events and the hooks' diary beside what the pots say of themselves.
void CrashPointsTest::check_records(const std::vector<Json>& pots, Problems& problems) {
    PotApi client = api();
    const std::vector<Json> events = all_events(client);
    check_events(events, problems);
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
}

void CrashPointsTest::check_pot(const Json& pot, const std::vector<Json>& events,
                                std::map<HookDiary::PotRun, HookDiary::OfRun>& diaries, Problems& problems) {
    const Json runs = api().runs(pot["name"]);
    check_runs(pot, runs, events, problems);
    check_ends(runs, problems);
    for (const Json& run : runs)
        check_hook_records(pot["id"], run, diaries[{pot["id"], run["number"].get<int>()}], problems);
}

/// A run on a network of its own has files of names that say what is recorded, and nobody else has any.
void CrashPointsTest::check_names(const Json& pot, Problems& problems) const {
    const fs::path directory = potd.run_dir() / "names";
    if (!fs::exists(directory)) return;  // not on this system
    const bool runs = pot.is_object() && (pot["state"] == "running" || pot["state"] == "paused") &&
                      pot["spec"]["network"].value("type", "inherit") != "inherit";
    const std::string own =
        runs ? pot["id"].get<std::string>() + "." + pot["run"]["number"].dump() + "." : std::string();
    for (const auto& entry : fs::directory_iterator(directory)) {
        if (!runs || !entry.path().filename().string().starts_with(own))
            problems.push_back("a file of names that is nobody's: " + entry.path().filename().string());
    }
    if (!runs) return;
    const bool written = read_file(directory / (own + "hosts")).find("192.0.2.7\tdb\n") != std::string::npos;
    const bool recorded = !pot["spec"]["hosts"].empty();
    if (written != recorded)
        problems.push_back(recorded ? "recorded hosts that are not there" : "hosts of nobody");
}

/// Whole or absent, and as it was answered.
void CrashPointsTest::check_base(Problems& problems) const {
    const bool there = potd.http("GET", "/v1/bases/" + crash_names::base).status == 200;
    if (answered_ == GetParam().accepted && there != *GetParam().base)
        problems.push_back("acknowledged, and then the base is" + std::string(there ? "" : " not") +
                           " there");
    // Its pot is there with it, or neither.
    const Json base = there ? potd.http("GET", "/v1/bases/" + crash_names::base).json() : Json::object();
    const Response pot = potd.http("GET", "/v1/pots/" + crash_names::base_pot);
    const bool wants_pot = there && !base["base_pot"].is_null();
    if ((pot.status == 200) != wants_pot)
        problems.push_back(wants_pot ? "a base without its pot" : "a pot without its base");
    if (wants_pot && pot.json()["unfinished"] == true) problems.push_back("never finished: " + pot.body);
    const fs::path files = potd.state_dir() / "bases" / crash_names::base;
    if (!there && fs::exists(files)) problems.push_back("files of a base that is not there");
    if (!there) return;
    const bool of_pot = base["source"] == "pot";
    const std::vector<const char*> own{"etc/one", "etc/two", "usr/bin/three"};
    for (const char* file : of_pot ? std::vector<const char*>{"root/made"} : own) {
        if (read_file(files / file) != file) problems.push_back("the base lacks " + std::string(file));
    }
    check_revisions(base, problems);
}

/// The revision that new pots get is whole, the base pot is as that or as before, and there are no other
/// trees.
void CrashPointsTest::check_revisions(const Json& base, Problems& problems) const {
    const std::string last = GetParam().act.back();
    const int revision = base["revision"];
    const bool accepted = answered_ == GetParam().accepted;
    if (accepted && last == "update" && revision != 2)
        problems.push_back("acknowledged, and then no revision 2");
    if (accepted && last == "rollback base" && revision != 1)
        problems.push_back("acknowledged, and not gone back");
    const fs::path path = base["path"].get<std::string>();
    if (!fs::is_directory(path)) problems.push_back("a revision without its tree");
    if (last == "update" && fs::exists(path / "root/changed") != (revision == 2))
        problems.push_back("a revision with files of another");
    const std::string file = "/v1/pots/" + crash_names::base_pot + "/files?path=/root/changed";
    const bool changed = potd.http("GET", file).status == 200;
    if (last == "update" && !base["base_pot"].is_null() && changed != (revision == 2))
        problems.push_back("the base pot does not go with its base");
    std::size_t trees = 0;
    for (const auto& entry : fs::directory_iterator(potd.state_dir() / "bases"))
        trees += entry.path().filename().string().ends_with(crash_names::base) ? 1 : 0;
    if (trees != base["revisions"].size())
        problems.push_back(std::to_string(trees) + " trees of a base with " + base["revisions"].dump());
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
    const Json known = there ? potd.http("GET", "/v1/fscomps/" + crash_names::volume + "/snapshots").json()
                             : Json{{"items", Json::array()}};
    std::size_t kept = 0;
    for (const auto& entry : fs::directory_iterator(potd.state_dir() / "fscomp-snapshots")) {
        ++kept;
        if (!fs::is_directory(entry.path() / "root")) problems.push_back("a snapshot without its tree");
    }
    if (kept != known["items"].size()) {
        problems.push_back(std::to_string(kept) +
                           " snapshots of volumes on the disk, recorded: " + known["items"].dump());
    }
}

std::string CrashPointsTest::own_ipv6(const Json& pot) {
    for (const Json& one : pot["addresses"]) {
        std::string address = one["address"];
        if (address.find(':') != std::string::npos) return address;
    }
    return {};
}

/// The private network is there or not, as was answered.
void CrashPointsTest::check_network(Problems& problems, bool& routed) const {
    const CrashScenario& scenario = GetParam();
    const Response network = potd.http("GET", "/v1/networks/" + crash_names::network);
    const bool there = network.status == 200;
    routed = there && network.json()["routed"] == true;
    if (there && routed != (scenario.network_request == "routed network"))
        problems.push_back("not as it was asked for: " + network.body);
    if (answered_ == scenario.accepted && there != *scenario.network)
        problems.push_back("acknowledged, and then the network is" + std::string(there ? "" : " not") +
                           " there");
}

/// What runs is led to and may speak, nobody else.
void CrashPointsTest::check_networks(const Json& pot, Problems& problems) const {
    const CrashScenario& scenario = GetParam();
    bool routed = false;
    check_network(problems, routed);
    const bool bridged = scenario.more.contains("network") && pot.is_object() &&
                         pot["spec"]["network"].value("type", "") != "none";
    if (bridged && pot["addresses"].empty()) problems.push_back("a pot of a bridge without its address");
    const bool runs = bridged && pot["state"] == "running";
    std::set<std::string> led, open;
    bool is_member = false;
    for (const std::string& line : own_network_objects()) {
        if (line.starts_with("port ")) led.insert(line.substr(5));
        if (line.starts_with("open ")) open.insert(line.substr(5));
        is_member = is_member || line == "member " + spare_uplink();
    }
    if (runs && scenario.uplinked && !is_member)
        problems.push_back("the uplink of a pot that runs is on no bridge");
    std::set<std::string> wanted, wanted_open;
    for (const Json& port : runs ? pot["ports"] : Json::array()) {
        wanted.insert(port["protocol"].get<std::string>() + " " + port["host"].dump());
        // By its own address what is published on all addresses alone.
        const bool everywhere = port.value("address", Json()).is_null();
        if (routed && everywhere)
            wanted_open.insert(own_ipv6(pot) + " " + port["protocol"].get<std::string>() + " " +
                               port["container"].dump());
    }
    if (led != wanted)
        problems.push_back("led to the pot: " + Json(led).dump() + ", not " + Json(wanted).dump());
    if (open != wanted_open)
        problems.push_back("open by its own address: " + Json(open).dump() + ", not " +
                           Json(wanted_open).dump());
}

/// What is recorded is what the file system has, whenever potd died.
void CrashPointsTest::check_limits(const Json& pot, Problems& problems) const {
    const auto compare = [&](const fs::path& tree, const Json& recorded) {
        const auto directory = platform::open_directory(tree.string());
        const auto found = directory ? platform::tree_limit(directory->get())
                                     : core::Result<std::int64_t>(directory.error());
        const std::int64_t wanted = recorded.is_number() ? recorded.get<std::int64_t>() : 0;
        if (!found) return problems.push_back(found.error().message);
        if (*found != wanted)
            problems.push_back(tree.string() + " has the limit " + std::to_string(*found) + ", recorded is " +
                               std::to_string(wanted));
    };
    if (!pot.is_null())
        compare(potd.state_dir() / "pots" / pot["id"].get<std::string>() / "root",
                pot["spec"]["limits"].value("disk", Json()));
    const Response volume = potd.http("GET", "/v1/fscomps/" + crash_names::volume);
    if (volume.status == 200)
        compare(potd.state_dir() / "fscomp" / crash_names::volume / "root", volume.json()["quota"]);
}

/// What is recorded is what the kernel holds for a run, where there are control groups.
void CrashPointsTest::check_run_limits(const Json& pot, Problems& problems) {
    if (!pot.is_object() || pot["state"] != "running" || !pot["run"]["pid"].is_number()) return;
    std::ifstream groups("/proc/" + pot["run"]["pid"].dump() + "/cgroup");
    std::string held;
    for (std::string line; std::getline(groups, line);) {
        const std::string below = line.substr(line.rfind(':') + 1);
        const char* const hierarchy = line.find(":pids:") != std::string::npos ? "/pids" : "";
        if (*hierarchy == '\0' && !line.starts_with("0::")) continue;
        std::ifstream file("/sys/fs/cgroup" + std::string(hierarchy) + below + "/pids.max");
        std::string text;
        if (file >> text) held = text;
    }
    const std::string recorded = pot["spec"]["limits"]["pids"].is_number()
                                     ? pot["spec"]["limits"]["pids"].dump()
                                     : std::string("4096");
    if (!held.empty() && held != recorded)
        problems.push_back("the kernel holds the pids limit " + held + ", recorded is " + recorded);
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

/// From what is there to nothing.
std::vector<std::string> CrashPointsTest::usual_requests(Problems& problems) {
    const Json pot = quiet_pot(crash_names::pot, problems);
    std::vector<std::string> requests{"start", "stop", "destroy"};
    // A snapshot that is there is whole; and a clone is in the way of nothing but its source's end.
    const Json snapshots = potd.http("GET", "/v1/pots/" + crash_names::pot + "/snapshots").json();
    if (snapshots.contains("items") && !snapshots["items"].empty())
        requests.insert(requests.begin(), "rollback");
    const bool cloned = potd.http("GET", "/v1/pots/" + crash_names::dependency).json()["origin"].is_object();
    if (cloned) requests = {"start db", "destroy by force db", "start", "stop", "destroy"};
    if (pot.is_null()) requests.insert(requests.begin(), "create");
    if (pot.is_object() && pot["state"] == "paused") requests.front() = "resume";
    if (pot.is_object() && pot["state"] == "running") requests.erase(requests.begin());
    if (GetParam().base && potd.http("GET", "/v1/bases/" + crash_names::base).status == 404)
        requests.emplace_back("install");
    if (GetParam().base) requests.emplace_back("remove by force");
    const bool volume = potd.http("GET", "/v1/fscomps/" + crash_names::volume).status == 200;
    if (GetParam().volume && !volume) requests.insert(requests.begin(), "fscomp");
    if (GetParam().volume) requests.emplace_back("remove fscomp");
    // The pot that is made again is on it.
    const bool on_network = GetParam().network && *GetParam().network;
    const bool lacks = on_network && potd.http("GET", "/v1/networks/" + crash_names::network).status == 404;
    if (lacks) requests.insert(requests.begin(), GetParam().network_request);
    return requests;
}

/// A pot that went through it can be started, stopped and destroyed as any other.
void CrashPointsTest::use_again(Problems& problems) {
    signs.lower("gate");
    signs.raise("allowed");
    signs.raise("second");
    for (const std::string& request : usual_requests(problems)) {
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
    for (const char* request : {"destroy by force", "destroy by force db", "remove by force", "remove fscomp",
                                "remove fscomp clone", "remove network", "remove public network"})
        do_request(request);
    settle_files();
    potd.kill9();
    std::vector<std::string> left = before_->leftovers();
    if (network_) add_leftovers_of_network(left);
    const std::vector<std::string> now = files();
    std::set_difference(now.begin(), now.end(), files_.begin(), files_.end(), std::back_inserter(left));
    leaks_found_ += left.size();
    for (const std::string& one : left) problems.push_back("left behind: " + one);
}

/// Interfaces of a pot go a moment after it, on nobody's way; those that the host lent it are there again.
void CrashPointsTest::add_leftovers_of_network(std::vector<std::string>& left) const {
    std::vector<std::string> more;
    static_cast<void>(wait_until([&] {
        const std::vector<std::string> now = own_network_objects();
        more.clear();
        std::set_symmetric_difference(now.begin(), now.end(), network_before_.begin(), network_before_.end(),
                                      std::back_inserter(more));
        return more.empty();
    }));
    left.insert(left.end(), more.begin(), more.end());
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

}  // namespace potd::test
