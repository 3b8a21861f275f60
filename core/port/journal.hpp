#pragma once

#include "core/base/result.hpp"
#include "core/model/audit.hpp"
#include "core/model/base.hpp"
#include "core/model/bridge.hpp"
#include "core/model/event.hpp"
#include "core/model/leases.hpp"
#include "core/model/operation.hpp"
#include "core/model/pot.hpp"
#include "core/model/secrets.hpp"
#include "core/model/snapshot.hpp"
#include "core/model/token.hpp"
#include "core/model/volume.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace potd::core {

// Changes to the stored state. One commit is one transaction: all of it or none.

/// Inserts or replaces the pot's row; its run is stored by PutRun.
struct PutPot {
    Pot pot;
};
struct RemovePot {
    PotId id;  ///< its runs and snapshots go too; its events stay
};
struct PutRun {
    PotId pot;
    Run run;
};
/// With their hooks; never the pot's newest.
struct RemoveRuns {
    PotId pot;
    std::uint32_t up_to = 0;  ///< number
    WallTime ended_before;    ///< or then
};
struct PutBase {
    Base base;
};
struct RemoveBase {
    std::string name;
};
/// One that is not the present one.
struct RemoveBaseRevision {
    std::string base;
    std::uint32_t number = 0;
};
/// The machine's boot whose start-at-boot pots have all been started.
struct PutBoot {
    std::string boot_id;
};
/// Inserts or replaces. An operation and its key are one row: both are there or neither.
struct PutOperation {
    Operation operation;
    IdempotencyKey key;
    std::optional<KeptAnswer> answer;  ///< unset: what is stored of it stays; without a key none is kept
};
struct RemoveOperation {
    std::string id;
};
/// A new one of a pot that is there; Conflict if the number or the name is taken.
struct PutSnapshot {
    Snapshot snapshot;
};
struct RemoveSnapshot {
    SnapshotKey key;
};
/// A new one; Conflict if the name is taken.
struct PutVolume {
    Volume volume;
};
/// The settings of one that is there.
struct ChangeVolume {
    Volume volume;
};
struct RemoveVolume {
    std::string name;  ///< its snapshots go too
};
/// A new one of a volume that is there; Conflict if the number or the name is taken.
struct PutVolumeSnapshot {
    VolumeSnapshot snapshot;
};
struct RemoveVolumeSnapshot {
    VolumeSnapshotKey key;
};
/// A new one, or the same once more; Conflict if another has the name.
struct PutBridge {
    Bridge bridge;
};
/// Of which nobody has a lease.
struct RemoveBridge {
    std::string name;
};
/// What a pot that is there has from now on, in place of what it had; Conflict if another has part of it.
struct PutLeases {
    PotId pot;
    Leases leases;
};
/// A new one, or what is known of it now.
struct PutToken {
    Token token;
};
struct RemoveToken {
    std::string name;
};
/// What a pot that is there has from now on, in place of what it had.
struct PutSecrets {
    PotId pot;
    SealedSecrets secrets;
};
/// A request that was begun. Its number is greater than every other, else Conflict.
struct AppendAudit {
    AuditEntry entry;
};
/// How it ended; nothing if the entry is not kept any more.
struct EndAudit {
    AuditEnd end;
};
/// The event's number is given by the store.
struct AppendEvent {
    Event event;
};
using Change =
    std::variant<PutPot, RemovePot, PutRun, RemoveRuns, PutBase, RemoveBase, RemoveBaseRevision, PutBoot,
                 PutOperation, RemoveOperation, PutSnapshot, RemoveSnapshot, PutVolume, ChangeVolume,
                 RemoveVolume, PutVolumeSnapshot, RemoveVolumeSnapshot, PutBridge, RemoveBridge, PutLeases,
                 PutToken, RemoveToken, PutSecrets, AppendAudit, EndAudit, AppendEvent>;

/// The two classes of write (DESIGN section 4).
enum class Durability {
    Observation,  ///< survives kill -9 at once, power loss within a second
    Intent,       ///< survives power loss before `durable` is called
};

/// What the store held when potd started. It survives power loss: what is not in it is removed from the
/// machine, and must not come back.
struct StoredState {
    std::vector<Pot> pots;  ///< each with its newest run and that one's hooks
    std::vector<Base> bases;
    std::vector<Volume> volumes;                      ///< by name
    std::vector<StoredOperation> operations;          ///< in the order of their ids
    std::vector<Snapshot> snapshots;                  ///< by pot and number
    std::map<PotId, std::uint32_t> snapshot_numbers;  ///< the number last given, of pots that had one
    std::vector<VolumeSnapshot> volume_snapshots;     ///< by volume and number
    std::map<std::string, std::uint32_t> volume_snapshot_numbers;  ///< likewise, of volumes
    std::vector<Bridge> bridges;                                   ///< by name
    std::map<PotId, SealedSecrets> secrets;                        ///< of pots that have some
    std::vector<Token> tokens;                                     ///< by name
    std::uint64_t last_event = 0;
    std::uint64_t last_audit = 0;  ///< the greatest number of an entry there was
    std::string boot_id;           ///< as by PutBoot; empty if never
};

/// The recorder of every transition: commit, then act.
class Journal {
  public:
    /// The committed events with their numbers, in the order given.
    using Recorded = std::function<void(Result<std::vector<Event>>)>;
    using Durable = std::function<void(Status)>;

    virtual ~Journal() = default;

    /// Loop thread only; returns at once. Commits take effect in call order. `recorded` is called on
    /// the loop thread once the transaction survives kill -9 of potd; effects may run from then on.
    /// `durable` (Intent only, may be empty) follows, never before `recorded`, once it survives power
    /// loss; answers to users wait for it. On failure (disk full, I/O error) both get the error and
    /// nothing of the transaction is stored. Concurrent intents share one fsync.
    virtual void commit(std::vector<Change> changes, Durability durability, Recorded recorded,
                        Durable durable) = 0;
};

}  // namespace potd::core
