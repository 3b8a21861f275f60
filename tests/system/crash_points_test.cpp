// potd dies by SIGKILL at every effect and every commit, one after the other, of what pots go through; each
// time it is started again, and dies again at every point of that start, and the invariants of the design
// must hold. tests/crash makes the points.
#include "tests/support/root_tree.hpp"
#include "tests/system/crash_points_fixture.hpp"

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <sstream>
#include <stdexcept>

namespace potd::test {
namespace {

std::size_t points_tried = 0;
std::size_t points_of_recovery = 0;
std::size_t leaks_found = 0;

class Totals : public ::testing::Environment {
  public:
    void TearDown() override {
        if (points_tried == 0) return;  // the tests of another feature
        std::cout << "crash points: " << points_tried << " tried, " << points_of_recovery
                  << " more within a recovery, " << leaks_found << " leaks found\n";
    }
};
const auto* const totals = ::testing::AddGlobalTestEnvironment(new Totals);  // NOLINT: gtest owns it

std::size_t number_in(const char* variable) {
    const char* chosen = std::getenv(variable);  // NOLINT(concurrency-mt-unsafe)
    return chosen != nullptr ? std::max<std::size_t>(1, std::stoul(chosen)) : 1;
}

/// Every how manieth point is tried; with slow programs (a sanitizer's) fewer.
std::size_t stride() {
    return number_in("POTD_CRASH_STRIDE") * number_in("POTD_CRASH_THINNED");
}

/// Of the scenario.
std::size_t stride_of(const CrashScenario& scenario) {
    constexpr std::size_t seldom = 3;
    return stride() > 1 && scenario.seldom ? seldom * stride() : stride();
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

/// On a btrfs of this process, if there can be one.
PotdOptions on_quotas() {
    PotdOptions options;
    options.place = quota_ground();
    return options;
}

}  // namespace

CrashPointsTest::CrashPointsTest() : OwnPotdTest(GetParam().bounded ? on_quotas() : in_memory()) {}

void CrashPointsTest::SetUp() {
    if (GetParam().bounded && quota_ground().empty())
        GTEST_SKIP() << "no btrfs can be mounted here (root, mkfs.btrfs, loop devices)";
    OwnPotdTest::SetUp();
    if (IsSkipped()) return;
    if (GetParam().network && !(network_ = own_network()))
        GTEST_SKIP()
            << "no bridges here (root, network namespaces, nftables; FreeBSD: pf with anchors of potd)";
    start_potd();
    for (const char* file : {"etc/one", "etc/two", "usr/bin/three"}) write_file(tree_ / file, file);
    add_shell();
    // A whole life first: what the machine keeps for the next one is no leak.
    for (const char* request : {"create", "start", "destroy by force", "remove public network"})
        do_request(request);
    settle_files();
    potd.kill9();
    files_ = files();
    before_.emplace();
    if (network_) network_before_ = own_network_objects();
}

/// A base pot that is started boots its base's /etc/rc on FreeBSD.
void CrashPointsTest::add_shell() const {
    const std::vector<std::string>& before = GetParam().before;
    const bool boots = std::find(before.begin(), before.end(), "start base pot") != before.end();
    if (boots && resource_mode() == "jail") copy_program(tree_.path(), "/bin/sh");
}

bool CrashPointsTest::dead() {
    if (!dead_) dead_ = potd.wait_exit(milliseconds(0)).has_value();
    return dead_;
}

/// potd as it is killed later; the requests that come before.
void CrashPointsTest::prepare(std::size_t n) {
    for (const char* sign : {"gate", "second", "allowed", "count"}) signs.lower(sign);
    std::filesystem::remove(points_file());
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
    const Json run = api().inspect(crash_names::pot)["run"];
    potd.kill9();
    for (const std::string& step : GetParam().act) do_step(step);
    if (GetParam().exit_code) static_cast<void>(wait_for_exit(run["pid"], milliseconds(30'000)));
    potd.launch_as("potd_crash", env);
}

void CrashPointsTest::act() {
    if (GetParam().at_start) {
        if (!potd.wait_ready()) dead_ = potd.wait_exit(milliseconds(10'000)).has_value();
        if (!dead_) answered_ = wait_for(awaited()) ? 200 : 0;
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
    std::filesystem::remove(points_file());
    dead_ = false;
    potd.launch_as("potd_crash", {{"POTD_CRASH_AT", std::to_string(k)}, {"POTD_CRASH_COUNT", points_file()}});
    if (!potd.wait_ready()) dead_ = potd.wait_exit(milliseconds(10'000)).has_value();
    // What the start has begun has its turn before the end.
    if (!dead() && GetParam().at_start) static_cast<void>(wait_for(awaited()));
    Problems none_yet;
    for (const std::string& name : crash_pot_names) {
        if (!dead()) quiet_pot(name, none_yet);
    }
    const bool died = dead();
    if (!dead_) potd.kill9();
    dead_ = false;
    potd.start();
    check_all(what + std::to_string(k) + " of the recovery (" + where() + ")");
    return died;
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
    for (std::size_t n = 1; try_point(n); n += stride_of(GetParam())) ++tried;
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
    const bool short_run = stride_of(GetParam()) > stride();
    for (const std::size_t n : short_run ? std::vector<std::size_t>() : first_deaths(last_point()))
        walk_recovery(n);
    leaks_found += leaks_found_;
}

INSTANTIATE_TEST_SUITE_P(Of, CrashPointsTest, ::testing::ValuesIn(crash_scenarios()),
                         [](const auto& scenario) { return scenario.param.name; });

}  // namespace potd::test
