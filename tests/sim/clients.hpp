#pragma once

#include "core/service/pot_service.hpp"
#include "core/service/snapshot_service.hpp"
#include "core/service/volume_service.hpp"
#include "core/service/volume_snapshots.hpp"
#include "tests/sim/choice.hpp"
#include "tests/sim/judge.hpp"
#include "tests/sim/row_rules.hpp"
#include "tests/sim/sim_store.hpp"

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

namespace potd::sim {

/// Everybody who talks to potd. Remembers what was asked, so that nothing stays unanswered, is answered
/// twice, or is answered before a power cut could no longer undo it.
class Clients {
  public:
    Clients(SimStore& store, RowRules& rules, Judge& judge) : store_(store), rules_(rules), judge_(judge) {}

    /// Carries out one of the requests of Act.
    void ask(core::PotService& pots, const Choice& choice);
    void press(core::PotService& pots, core::Supervisor& supervisor, const Choice& choice);
    /// And of those of snapshots.
    void ask(core::SnapshotService& snapshots, const core::PotService& pots, const Choice& choice);

    /// Those of volumes.
    void ask(core::VolumeService& volumes, core::VolumeSnapshots& snapshots, const Choice& choice);
    void remove(core::VolumeService& volumes, const std::string& name);

    void create(core::PotService& pots, core::PotSpec spec);
    void destroy(core::PotService& pots, const std::string& name, bool force);

    /// The reply of the request asked last, once it is there: whether it was a success.
    [[nodiscard]] bool last_succeeded() const { return !tickets_.empty() && tickets_.back().succeeded; }

    /// potd has died: nobody waits any more.
    void kill();
    /// At rest every request has its answer, every wait for what is over too.
    void check_at_rest(const core::PotService& pots);

  private:
    struct Ticket {
        std::string what;
        int answers = 0;
        bool succeeded = false;
    };
    struct Wait {
        core::PotService::WaitId id = 0;
        core::PotId pot;
        int answers = 0;
        bool cancelled = false;
    };

    std::size_t open(std::string what);
    void answered(std::size_t ticket, const core::Status& status);
    core::Reply<core::PotPtr> reply_to(std::string what, std::function<void(const core::PotPtr&)> check);
    core::Reply<void> void_reply_to(std::string what, std::function<void()> check);
    core::Reply<core::Volume> volume_reply_to(std::string what);
    void create(core::VolumeService& volumes, const std::string& name, std::uint32_t b);
    void change(core::VolumeService& volumes, const std::string& name, std::uint32_t b);
    void take(core::VolumeSnapshots& snapshots, const std::string& volume, std::uint32_t b);
    void roll_back(core::VolumeSnapshots& snapshots, const std::string& volume, std::uint32_t b);
    void copy(core::VolumeSnapshots& snapshots, const std::string& volume, std::uint32_t b);
    void take(core::SnapshotService& snapshots, const std::string& pot, std::uint32_t b);
    void clone(core::SnapshotService& snapshots, const std::string& pot, std::uint32_t b);
    void stop(core::PotService& pots, const std::string& name, std::uint32_t b);
    void restart(core::PotService& pots, const std::string& name, std::uint32_t b);
    void rename(core::PotService& pots, const std::string& name, std::uint32_t b);
    void change(core::PotService& pots, const std::string& name, std::uint32_t b);
    void wait(core::PotService& pots, const std::string& name);
    void cancel_wait(core::PotService& pots, std::uint32_t a);
    void attach(core::PotService& pots, const std::string& name, std::uint32_t b);
    void check_stored(const core::PotPtr& pot);
    void check_started(const core::PotPtr& pot);
    void check_stopped(const core::PotPtr& pot, std::uint32_t last_run);

    SimStore& store_;
    RowRules& rules_;
    Judge& judge_;
    std::deque<Ticket> tickets_;
    std::deque<Wait> waits_;
};

/// Names the clients use; few, so that they meet.
[[nodiscard]] std::string name_of(std::uint32_t number);
/// Of the bridge that some pots of these specs are on: just large enough for one pot of each name.
[[nodiscard]] core::IpNetwork public_network();
inline constexpr int first_port = 20'000;
/// More a schedule in these specs does not keep.
inline constexpr int most_scheduled = 3;
/// A spec that follows from the number; not always a legal one.
[[nodiscard]] core::PotSpec make_spec(std::string name, std::uint32_t number);

}  // namespace potd::sim
