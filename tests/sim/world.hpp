#pragma once

#include "core/service/base_service.hpp"
#include "core/service/boot_starter.hpp"
#include "core/service/event_feed.hpp"
#include "core/service/operation_service.hpp"
#include "core/service/pot_service.hpp"
#include "core/service/snapshot_scheduler.hpp"
#include "core/service/snapshot_service.hpp"
#include "core/service/supervisor.hpp"
#include "core/service/volume_snapshots.hpp"
#include "tests/fakes/fake_machine.hpp"
#include "tests/fakes/fake_networks.hpp"
#include "tests/fakes/manual_loop.hpp"
#include "tests/sim/choice.hpp"
#include "tests/sim/clients.hpp"
#include "tests/sim/follower.hpp"
#include "tests/sim/judge.hpp"
#include "tests/sim/keyed_clients.hpp"
#include "tests/sim/row_rules.hpp"
#include "tests/sim/sim_hooks.hpp"
#include "tests/sim/sim_loop.hpp"
#include "tests/sim/sim_machine.hpp"
#include "tests/sim/sim_store.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>

namespace potd::sim {

/// A machine, its disk, a potd that dies and comes back, and its clients.
class World {
  public:
    explicit World(Judge& judge);
    ~World();
    World(const World&) = delete;
    World& operator=(const World&) = delete;

    void step(const Choice& choice);
    /// All goes well from now on: everything must come to rest, and what rests must be right.
    void finish();

  private:
    struct Potd;

    void boot();
    void recovered();
    void down(bool with_power_loss, std::uint32_t lost);
    void crash();
    void reboot();
    void flow(int most);
    void advance(std::uint32_t how);
    void set_clock(std::uint32_t back, std::uint32_t minutes);
    void ask(const Choice& choice);
    bool progress();
    void settle();
    void note_boot();
    void check_boot();
    void check_step();
    void check_pot(const core::Pot& pot);
    void check_at_rest();
    void check_pot_at_rest(const core::Pot& pot);
    void check_stored(const core::Pot& pot);
    void check_machine();
    void check_volumes();
    void check_networks();
    [[nodiscard]] std::uint32_t pot_run(const core::PotId& id) const;
    void check_same_after_crash();
    void check_unstarted_are_gone();
    void check_names_are_free();
    void check_nothing_stays();
    void listen();

    Judge& judge_;
    fakes::ManualClock clock_;
    fakes::ManualTimers timers_{clock_};
    SimLoop loop_;
    SimStore store_{loop_, judge_};
    SimHooks hooks_{loop_, clock_, store_, judge_};
    SimMachine machine_{loop_, clock_, store_, hooks_, judge_};
    fakes::FakeBaseStore base_store_{loop_};
    fakes::FakeVolumeStore volume_store_{loop_};
    fakes::FakeDatasets datasets_;
    fakes::FakeLiveMounts live_mounts_{loop_};
    fakes::FakeLimiter limiter_{loop_};
    fakes::FakeNetworks networks_;
    fakes::FakeProber prober_{loop_};
    RowRules rules_;
    Clients clients_;
    KeyedClients keyed_{store_, judge_};
    bool clock_was_set_ = false;  ///< since potd began
    std::unique_ptr<Potd> potd_;
    std::string boot_id_ = "boot-1";
    int boots_ = 1;
    int ids_ = 0;
    std::uint32_t random_ = 1;
    std::uint64_t operation_ids_ = 0;
    std::set<core::PotId> boot_due_;  ///< pots that are to have a run in this boot
    Follower follower_{"the follower", store_, judge_};
    Follower guest_{"the guest", store_, judge_};  ///< comes and goes
    bool serving_ = false;
};

}  // namespace potd::sim
