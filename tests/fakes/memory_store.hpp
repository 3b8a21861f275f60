#pragma once

#include "core/port/journal.hpp"

#include <map>
#include <string>
#include <vector>

namespace potd::fakes {

/// The tables of the store as plain maps, with the rules the database enforces: pot names are unique,
/// a run needs its pot, the end of a run is written once, event numbers have no gaps.
struct MemoryStore {
    std::map<core::PotId, core::Pot> pots;  ///< without runs
    std::map<core::RunKey, core::Run> runs;
    std::map<std::string, core::Base> bases;
    std::vector<core::Event> events;  ///< events[i].number == i + 1

    std::string boot_id;

    /// All of `changes` or none; the committed events with their numbers.
    [[nodiscard]] core::Result<std::vector<core::Event>> apply(std::vector<core::Change> changes);
    /// As the database would give it to a starting potd.
    [[nodiscard]] core::StoredState load() const;
};

}  // namespace potd::fakes
