#pragma once

#include "core/model/event_epochs.hpp"
#include "core/port/executor.hpp"
#include "core/port/journal.hpp"
#include "tests/sim/judge.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace potd::sim {

/// The rows a transaction replaced: what the rules compare with, and what a power cut brings back.
struct Before {
    std::vector<std::pair<core::PotId, std::optional<core::Pot>>> pots;
    std::vector<std::pair<core::RunKey, std::optional<core::Run>>> runs;
    std::vector<std::pair<std::string, std::optional<core::Base>>> bases;
    std::vector<std::pair<std::string, std::optional<core::Volume>>> volumes;
    std::vector<std::pair<core::VolumeSnapshotKey, std::optional<core::VolumeSnapshot>>> volume_snapshots;
    std::vector<std::pair<std::string, std::optional<core::StoredOperation>>> operations;
    std::vector<std::pair<core::SnapshotKey, std::optional<core::Snapshot>>> snapshots;
    std::vector<std::pair<std::string, std::optional<core::Bridge>>> bridges;
    std::vector<std::pair<core::PotId, std::optional<core::Leases>>> leases;
    std::string boot_id;
    std::uint64_t last_event = 0;
    std::vector<core::Event> forgotten;  ///< by the retention
};

/// The journal and its disk. A commit waits in a queue until `write` is called: then it is recorded, and
/// potd is told by a task. `sync` makes all that is recorded durable. So potd can die before, between and
/// after, and the machine can lose its power with any part of the unsynced end.
class SimStore : public core::Journal {
  public:
    /// Called after every transaction that was recorded, with what it replaced.
    using OnWrite = std::function<void(const Before&)>;

    SimStore(core::Executor& loop, Judge& judge) : loop_(loop), judge_(judge) {}

    void set_on_write(OnWrite on_write) { on_write_ = std::move(on_write); }

    void commit(std::vector<core::Change> changes, core::Durability durability, Recorded recorded,
                Durable durable) override;

    // The machine's side.
    bool write();  ///< the next transaction; false if there is none
    bool sync();   ///< false if nobody waits for it
    void fail_writes(std::size_t count) { failing_writes_ = count; }
    void fail_syncs(std::size_t count) { failing_syncs_ = count; }
    [[nodiscard]] std::size_t failures() const { return failures_; }
    /// A sync has failed since potd was started.
    [[nodiscard]] bool has_failed_sync() const { return has_failed_sync_; }
    void kill();  ///< potd has died: nobody is to be told
    /// The next potd goes by another clock: the keys of what is stored may be forgotten.
    void clock_was_set() {
        for (const auto& [id, row] : operations) old_operations_.insert(id);
    }
    void lose_power(std::size_t most);  ///< up to that many of the last transactions are gone
    void shut_down() { unsynced_.clear(); }
    /// The oldest events go, at most that many, never the newest.
    void retain(std::size_t most);
    /// The epochs of a potd that starts in this boot; on the disk at once.
    [[nodiscard]] core::EventEpochs open_events(const std::string& boot_id);
    /// potd has ended in good order.
    void close_events() { closed_at_ = bounds().last; }

    [[nodiscard]] core::StoredState load() const;
    [[nodiscard]] const std::string& boot() const { return boot_id_; }
    [[nodiscard]] const core::Pot* pot(const core::PotId& id) const;
    [[nodiscard]] const core::Pot* pot_named(const std::string& name) const;
    [[nodiscard]] const core::Run* run(const core::RunKey& key) const;
    [[nodiscard]] const core::Run* last_run(const core::PotId& id) const;
    /// The pot as a power cut would leave it now at the worst; null if it would be gone.
    [[nodiscard]] const core::Pot* durable_pot(const core::PotId& id) const;
    [[nodiscard]] bool durable_snapshot(const core::SnapshotKey& key) const;
    [[nodiscard]] bool durable_run(const core::RunKey& key) const;
    /// A run that has begun and is not on the disk is on its way there.
    [[nodiscard]] bool new_runs_reach_the_disk() const;
    [[nodiscard]] core::EventBounds bounds() const;
    [[nodiscard]] const core::StoredOperation* durable_operation(const std::string& id) const;

    std::map<core::PotId, core::Pot> pots;  ///< without runs and leases
    std::map<core::RunKey, core::Run> runs;
    std::map<std::string, core::Base> bases;
    std::map<std::string, core::Volume> volumes;
    std::map<core::VolumeSnapshotKey, core::VolumeSnapshot> volume_snapshots;
    std::map<std::string, std::uint32_t> volume_snapshot_numbers;
    std::map<std::string, core::StoredOperation> operations;
    std::map<core::SnapshotKey, core::Snapshot> snapshots;
    std::map<core::PotId, std::uint32_t> snapshot_numbers;  ///< never go back, not even by a power cut
    std::map<std::string, core::Bridge> bridges;
    std::map<core::PotId, core::Leases> leases;
    std::deque<core::Event> events;  ///< numbers without a gap

  private:
    struct Transaction {
        std::vector<core::Change> changes;
        core::Durability durability = core::Durability::Observation;
        Recorded recorded;
        Durable durable;
    };
    class Writer;

    std::vector<core::Event> apply(std::vector<core::Change> changes);
    void refuse(Transaction transaction);
    void undo(Before before);

    core::Executor& loop_;
    Judge& judge_;
    OnWrite on_write_;
    std::string boot_id_;
    std::vector<core::EventEpoch> epochs_;
    std::string told_in_boot_;                ///< by the last potd
    std::optional<std::uint64_t> closed_at_;  ///< its last event, if it has ended in good order
    std::deque<Transaction> queue_;
    std::vector<Durable> waiting_;  ///< for the next sync
    bool sync_wanted_ = false;
    std::vector<Before> unsynced_;
    std::set<std::string> old_operations_;  ///< as of clock_was_set
    std::size_t failing_writes_ = 0;
    std::size_t failing_syncs_ = 0;
    std::size_t failures_ = 0;
    bool has_failed_sync_ = false;
};

}  // namespace potd::sim
