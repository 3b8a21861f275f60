#pragma once

#include "tests/support/pot_api.hpp"
#include "tests/support/temp_dir.hpp"

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace potd::test {

using Problems = std::vector<std::string>;

/// A file that the hooks of many pots write two lines to: when they begin and when they end.
class HookDiary {
  public:
    struct Entry {
        int attempt = 0;
        bool ended = false;
        friend bool operator==(const Entry&, const Entry&) = default;
    };
    /// What one run's hooks of each stage wrote, in the order they began.
    using OfRun = std::map<std::string, std::vector<Entry>>;
    using PotRun = std::pair<std::string, int>;  ///< the pot's id and the run's number

    /// A hook that writes its lines and does `more` between them.
    [[nodiscard]] Json hook(const std::string& more = {}) const;
    /// One for each of the four stages.
    [[nodiscard]] Json hooks() const;
    [[nodiscard]] std::map<PotRun, OfRun> read() const;
    void clear() const;

  private:
    [[nodiscard]] std::filesystem::path file() const { return dir_ / "diary"; }
    TempDir dir_;
};

/// Whether the pot is on its way from one state to another.
[[nodiscard]] bool in_between(const Json& pot);

/// The whole history, oldest first.
[[nodiscard]] std::vector<Json> all_events(PotApi& api);

// What must be true once potd is quiet, whatever cut it before (the invariants of the design, by number). One
// sentence for each breach.

/// I8: numbered from 1 without gaps.
void check_events(const std::vector<Json>& events, Problems& problems);
/// I1, I2: numbered from 1, each but a live last one with one terminal record and, if it ran, one
/// "pot.exited".
void check_runs(const Json& pot, const Json& runs, const std::vector<Json>& events, Problems& problems);
/// I3: of a run that is over, if its hooks began; no attempt twice, what was cut is said so by the next.
void check_hooks(const std::string& pot, int run, const HookDiary::OfRun& diary, bool live,
                 Problems& problems);
/// The same by the run's record, in which every attempt of the diary stands.
void check_hook_records(const std::string& pot, const Json& run, const HookDiary::OfRun& diary,
                        Problems& problems);

}  // namespace potd::test
