#pragma once

#include "core/base/time.hpp"
#include "core/model/ids.hpp"
#include "core/model/labels.hpp"

#include <compare>
#include <cstdint>
#include <string>

namespace potd::core {

/// Identity of a snapshot, through renames of its pot. Numbers count from 1 per pot and are not used twice.
struct SnapshotKey {
    PotId pot;
    std::uint32_t number = 0;
    friend std::strong_ordering operator<=>(const SnapshotKey&, const SnapshotKey&) = default;
};

[[nodiscard]] inline const PotId& owner_of(const SnapshotKey& key) {
    return key.pot;
}

/// The files of a pot as they were at one moment. Never changes.
struct Snapshot {
    using Key = SnapshotKey;
    Key key;
    std::string name;  ///< unique among its pot's; by default made of time and number
    WallTime created_at;
    Labels labels{};
    bool scheduled = false;  ///< taken by the schedule of its owner (snapshot_schedule.hpp)
    friend bool operator==(const Snapshot&, const Snapshot&) = default;
};

/// "20261128T231500Z-3": sorts by time, and by number within a second.
[[nodiscard]] std::string default_snapshot_name(WallTime at, std::uint32_t number);

}  // namespace potd::core
