#pragma once

#include "core/base/result.hpp"
#include "core/base/time.hpp"

#include <cstdint>

namespace potd::core {

/// Snapshots that potd takes by itself, and how many of those stay. What users take is not counted.
struct SnapshotSchedule {
    milliseconds every{0};     ///< from one to the next; 0: none is taken
    std::int64_t keep = 24;    ///< so many stay, the newest
    milliseconds keep_for{0};  ///< what is older goes, but the newest; 0: however old

    [[nodiscard]] bool on() const { return every.count() != 0; }
    friend bool operator==(const SnapshotSchedule&, const SnapshotSchedule&) = default;
};

/// `every` from 1m to 366d, `keep` from 1 to 1000, `keep_for` at least `every`; anything if it is off.
/// Fields are named as below `snapshots`.
[[nodiscard]] Status check_schedule(const SnapshotSchedule& schedule);

}  // namespace potd::core
