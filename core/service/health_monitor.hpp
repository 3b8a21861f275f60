#pragma once

#include "core/port/prober.hpp"
#include "core/service/exec_probe.hpp"
#include "core/service/supervisor.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace potd::core {

/// Checks the pots that are up and have a health check, and tells the supervisor when enough of them in a row
/// say something new. All pots share one timer of the loop (checks are due on full ticks) and a bound on the
/// checks that run at the same time; who takes long makes room for others after a second, or pots that never
/// answer would keep all others from being looked at. Loop thread only.
class HealthMonitor {
  public:
    struct Ports {
        Supervisor& supervisor;
        ExecHost& exec;
        Prober& prober;
        Clock& clock;
        Timers& timers;
        Executor& executor;
        std::size_t at_once = 32;
    };

    explicit HealthMonitor(Ports ports) : ports_(ports) {}
    ~HealthMonitor();
    HealthMonitor(const HealthMonitor&) = delete;
    HealthMonitor& operator=(const HealthMonitor&) = delete;

    /// Must be told of every pot that changed, and at start-up of every pot; null is gone.
    void on_change(const PotId& id, const PotPtr& pot);

    /// The last checks of the live run, the oldest first; empty without any.
    [[nodiscard]] std::vector<HealthCheck> history(const PotId& id) const;

  private:
    struct Watch {
        std::uint32_t run = 0;
        std::uint64_t generation = 0;  ///< tells an answer for an earlier watch of the same pot
        bool holds_place = false;      ///< its check counts against the bound
        SteadyTime begun;              ///< the check
        int failures = 0;              ///< in a row
        std::deque<HealthCheck> checks;
        std::shared_ptr<ExecProbe> exec;
    };

    void watch(const PotPtr& pot);
    void forget(const PotId& id);
    void schedule(const PotId& id, std::uint64_t generation, milliseconds delay);
    void arm();
    void tick();
    void fill();
    void make_room();
    void check(const PotId& id, Watch& watch);
    void checked(const PotId& id, std::uint64_t generation, WallTime started,
                 const Result<std::string>& result);
    void judge(const PotPtr& pot, Watch& watch, const Result<std::string>& result);
    [[nodiscard]] Watch* find(const PotId& id, std::uint64_t generation);

    struct Due {
        PotId id;
        std::uint64_t generation = 0;
    };

    Ports ports_;
    std::unordered_map<PotId, Watch> watches_;
    std::map<std::int64_t, std::vector<Due>> due_;  ///< by tick
    std::deque<Due> waiting_;                       ///< due, while too many others are under way
    std::size_t under_way_ = 0;
    Timers::Id timer_ = 0, room_timer_ = 0;
    std::int64_t armed_for_ = 0;  ///< tick
    std::uint64_t next_generation_ = 1;
};

}  // namespace potd::core
