#pragma once

#include "core/base/time.hpp"
#include "core/model/labels.hpp"
#include "core/model/snapshot_schedule.hpp"

#include <compare>
#include <cstdint>
#include <string>

namespace potd::core {

/// A named directory tree of potd's own that pots mount: what pot calls an fscomp. It lives on when they go.
struct Volume {
    std::string name;
    WallTime created_at;
    std::int64_t quota = 0;     ///< bytes that may be in it, 0: as many as there is room for
    std::uint64_t version = 1;  ///< grows with every change
    SnapshotSchedule snapshots{};
    friend bool operator==(const Volume&, const Volume&) = default;
};

/// Identity of a snapshot of a volume. Numbers count from 1 per volume and are not used twice.
struct VolumeSnapshotKey {
    std::string volume;
    std::uint32_t number = 0;
    friend std::strong_ordering operator<=>(const VolumeSnapshotKey&, const VolumeSnapshotKey&) = default;
};

[[nodiscard]] inline const std::string& owner_of(const VolumeSnapshotKey& key) {
    return key.volume;
}

/// The files of a volume as they were at one moment. Never changes. The members are those of a pot's.
struct VolumeSnapshot {
    using Key = VolumeSnapshotKey;
    Key key;
    std::string name;
    WallTime created_at;
    Labels labels{};
    bool scheduled = false;  ///< taken by the schedule of its owner (snapshot_schedule.hpp)
    friend bool operator==(const VolumeSnapshot&, const VolumeSnapshot&) = default;
};

/// One mount of a volume in the spec of a pot.
struct VolumeUse {
    std::string pot;     ///< name
    std::string target;  ///< inside the pot
    bool read_only = false;
    friend bool operator==(const VolumeUse&, const VolumeUse&) = default;
};

}  // namespace potd::core
