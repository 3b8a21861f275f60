#pragma once

#include "core/base/time.hpp"

#include <compare>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace potd::core {

/// Who has scheduled snapshots: a pot, by its id, or a volume, by its name.
struct SnapshotOwner {
    enum class Kind { Pot, Volume };
    Kind kind = Kind::Pot;
    std::string name;
    friend std::strong_ordering operator<=>(const SnapshotOwner&, const SnapshotOwner&) = default;
};

/// When whose next scheduled snapshot is due: `every` after the last. Pure: it is told the time, and never
/// waits. Of what was missed while nothing ran, or because the wall clock was set forward, one is made up
/// for; set back, it makes nobody wait longer than `every`.
class SnapshotPlan {
  public:
    struct Moment {
        WallTime wall;
        SteadyTime steady;
    };

    /// `last`: when the newest was taken, or the owner was made. The same `every` again changes nothing.
    void set(const SnapshotOwner& owner, milliseconds every, WallTime last, const Moment& now);
    void drop(const SnapshotOwner& owner);

    /// Those whose turn it is, the longest due first.
    [[nodiscard]] std::vector<SnapshotOwner> due(const Moment& now) const;
    /// When to ask again, at the latest: the wall clock may have been set meanwhile. None without a plan.
    [[nodiscard]] std::optional<SteadyTime> next(const Moment& now) const;

    /// One is being taken; then `taken` or `failed` follows. Without effect on an owner that has been
    /// dropped.
    void begin(const SnapshotOwner& owner);
    void taken(const SnapshotOwner& owner, const Moment& now);
    /// The next try is after 10 s, then ever later, at most after `every`.
    void failed(const SnapshotOwner& owner, const Moment& now);
    /// Whatever was in the way may be gone: a next try is due now.
    void try_now(const SnapshotOwner& owner, const Moment& now);

  private:
    struct Entry {
        milliseconds every;
        WallTime last;
        SteadyTime due;
        unsigned failures = 0;  ///< in a row
        bool under_way = false;
    };

    [[nodiscard]] static bool is_due(const Entry& entry, const Moment& now);

    std::map<SnapshotOwner, Entry> entries_;
};

}  // namespace potd::core
