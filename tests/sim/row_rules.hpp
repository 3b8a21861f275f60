#pragma once

#include "tests/sim/judge.hpp"
#include "tests/sim/sim_store.hpp"

#include <functional>
#include <map>
#include <set>
#include <string>

namespace potd::sim {

/// What must hold between one recorded transaction and the next: I1 to I3, I6, I9 as rows show them.
class RowRules {
  public:
    /// Whether this poststop hook has been seen to end by itself.
    using HookEnded = std::function<bool(const core::RunKey&, std::uint32_t index)>;

    RowRules(SimStore& store, Judge& judge, HookEnded hook_ended)
        : store_(store), judge_(judge), hook_ended_(std::move(hook_ended)) {}

    void check(const Before& before);

    /// A client asks for a stop or a restart, and has its answer.
    std::uint64_t stop_begins();
    void stop_ends(std::uint64_t tick) { stops_.erase(tick); }
    /// potd has died: no client waits any more.
    void kill();
    /// The machine has restarted, rows may have gone back.
    void reboot();

  private:
    void check_snapshots(const Before& before);
    void check_pot(const core::PotId& id, const core::Pot* old, const Before& before);
    void check_run(const core::RunKey& key, const core::Run* old);
    void check_new_run(const core::RunKey& key, const core::Run& run);
    void check_booted_once(const core::RunKey& key, const core::Run& run);
    void check_hooks(const core::RunKey& key, const core::Run& old, const core::Run& run);
    void check_next_hook(const core::RunKey& key, const core::HookRecord& last, const core::HookRecord& next);
    void check_end(const core::RunKey& key, const core::Run& run);
    void check_dependencies_up(const core::RunKey& key);
    void check_removed(const core::PotId& id, const core::Pot& old, const Before& before);
    void check_dropped(const core::PotId& id, const core::Pot& old, const Before& before);
    void check_dependents_down(const core::Pot& pot);
    void check_acyclic(const core::Pot& pot);
    void note_up(const core::RunKey& key, const core::Run* old, const core::Run& run);

    SimStore& store_;
    Judge& judge_;
    HookEnded hook_ended_;
    std::uint64_t tick_ = 1;  ///< of transactions
    std::map<core::RunKey, std::uint64_t> begun_;
    std::map<core::PotId, std::uint64_t> last_up_;     ///< when it was last seen up
    std::map<core::PotId, std::uint64_t> up_since_;    ///< of those that are up
    std::map<core::PotId, std::uint64_t> spec_since_;  ///< when its dependencies changed last
    std::set<std::uint64_t> stops_;                    ///< that wait for their answer
    std::uint64_t last_failures_ = 0;
    std::uint64_t last_failure_tick_ = 0;
    std::uint64_t failures_at_start_ = 0;  ///< of the present potd
};

/// A hook that a crash ended is due again.
[[nodiscard]] bool is_cut(const core::HookRecord& hook);

}  // namespace potd::sim
