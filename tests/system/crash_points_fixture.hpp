#pragma once

// One scenario of the crash points: what is asked of potd, where it dies, and what must hold then. Walking
// the points is crash_points_test.cpp, the requests are crash_points_steps.cpp, the checks
// crash_points_checks.cpp.

#include "tests/support/leak_check.hpp"
#include "tests/system/crash_scenarios.hpp"
#include "tests/system/fixture.hpp"
#include "tests/system/own_network.hpp"
#include "tests/system/truth.hpp"

#include <cstddef>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace potd::test {

/// A directory on a file system with quotas; empty if this system has none.
[[nodiscard]] std::string quota_ground();

/// The pots of a scenario: the one that is tried, and its dependency or clone.
inline const std::vector<std::string> crash_pot_names{crash_names::pot, crash_names::dependency};

/// The files by which a test tells the pot's command and its hooks what to do.
struct CrashSigns {
    TempDir dir;
    [[nodiscard]] std::string path(const char* name) const { return (dir / name).string(); }
    void raise(const char* name) const { write_file(dir / name, ""); }
    void lower(const char* name) const { std::filesystem::remove(dir / name); }
};

class CrashPointsTest : public OwnPotdTest, public ::testing::WithParamInterface<CrashScenario> {
  protected:
    CrashPointsTest();
    void SetUp() override;
    void add_shell() const;

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
    /// Nothing: it is none of these.
    std::optional<int> do_with_base(const std::string& request, const Headers& headers);
    std::optional<int> do_with_volume(const std::string& request, const Headers& headers);
    std::optional<int> do_with_network(const std::string& request, const Headers& headers);
    std::optional<int> do_with_pot(const std::string& name, const std::string& what, const Headers& headers);
    std::optional<int> change_pot(const std::string& pot, const std::string& what, const Headers& headers);
    void do_step(const std::string& step);
    bool wait_for(const std::string& what);
    void reboot() const;
    void change_store(const std::string& statements) const;
    [[nodiscard]] std::string awaited() const;
    [[nodiscard]] bool snapshot_two_alone();
    [[nodiscard]] bool dead();

    void check_truth(Problems& problems);
    void check_records(const std::vector<Json>& pots, Problems& problems);
    void check_pot(const Json& pot, const std::vector<Json>& events,
                   std::map<HookDiary::PotRun, HookDiary::OfRun>& diaries, Problems& problems);
    void check_state(const Json& pot, Problems& problems) const;
    void check_base(Problems& problems) const;
    void check_names(const Json& pot, Problems& problems) const;
    void check_revisions(const Json& base, Problems& problems) const;
    void check_volume(Problems& problems) const;
    void check_network(Problems& problems, bool& routed) const;
    void check_networks(const Json& pot, Problems& problems) const;
    [[nodiscard]] static std::string own_ipv6(const Json& pot);
    void check_limits(const Json& pot, Problems& problems) const;
    static void check_run_limits(const Json& pot, Problems& problems);
    void check_ends(const Json& runs, Problems& problems) const;
    std::vector<std::string> usual_requests(Problems& problems);
    void use_again(Problems& problems);
    void check_leaks(Problems& problems);
    Json quiet_pot(const std::string& name, Problems& problems);
    void settle_files();
    void add_leftovers_of_network(std::vector<std::string>& left) const;
    [[nodiscard]] std::vector<std::string> files() const;
    [[nodiscard]] Json spec(const std::string& name) const;
    [[nodiscard]] std::string where() const;
    [[nodiscard]] std::size_t last_point() const;
    [[nodiscard]] static bool settled(const Json& pot);
    [[nodiscard]] std::string points_file() const { return potd.directory() / "points"; }

    std::shared_ptr<void> network_;  ///< outlives potd
    CrashSigns signs;
    HookDiary diary;
    TempDir tree_;  ///< what the base is made of
    std::optional<LeakCheck> before_;
    std::vector<std::string> files_;  ///< of potd when it has no pots
    std::vector<std::string> network_before_;
    std::string key_;  ///< of the request that is tried; empty: none
    int answered_ = 0;
    bool dead_ = false;
    std::size_t leaks_found_ = 0;  ///< by check_leaks
};

}  // namespace potd::test
