#pragma once

#include "core/port/journal.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace potd::fakes {

/// The tables of the store as plain maps, with the rules the database enforces: pot names are unique,
/// a run needs its pot, the end of a run is written once, event numbers have no gaps.
struct MemoryStore {
    std::map<core::PotId, core::Pot> pots;  ///< without runs and leases
    std::map<core::RunKey, core::Run> runs;
    std::map<std::string, core::Base> bases;
    std::map<std::string, core::Volume> volumes;
    std::map<core::SnapshotKey, core::Snapshot> snapshots;
    std::map<core::PotId, std::uint32_t> snapshot_numbers;
    std::map<core::VolumeSnapshotKey, core::VolumeSnapshot> volume_snapshots;
    std::map<std::string, std::uint32_t> volume_snapshot_numbers;
    std::map<std::string, core::StoredOperation> operations;
    std::map<std::string, core::KeptAnswer> answers;  ///< of operations with a key
    std::vector<core::Event> events;  ///< numbers without a gap; the last one is never deleted

    std::map<std::string, core::Bridge> bridges;
    std::map<std::string, core::Token> tokens;
    std::map<std::uint64_t, core::AuditRecord> audit;
    std::map<core::PotId, core::SealedSecrets> secrets;
    std::map<core::PotId, core::Leases> leases;

    std::string boot_id;

    /// All of `changes` or none; the committed events with their numbers.
    [[nodiscard]] core::Result<std::vector<core::Event>> apply(std::vector<core::Change> changes);
    /// Deletes the events up to this number, but the last.
    void forget_events(std::uint64_t up_to);
    /// As the database would give it to a starting potd.
    [[nodiscard]] core::StoredState load() const;
};

}  // namespace potd::fakes
