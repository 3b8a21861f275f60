#pragma once

#include "core/base/result.hpp"
#include "core/model/event.hpp"
#include "core/model/pot.hpp"
#include "core/model/snapshot.hpp"
#include "core/model/volume.hpp"
#include "core/port/executor.hpp"
#include "core/port/journal.hpp"
#include "core/service/along.hpp"
#include "core/service/event_feed.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace potd::core {

// Requests that snapshots of pots and of volumes have in common.

struct SnapshotTaking {
    std::string name{};           ///< empty: made of time and number
    bool replace_oldest = false;  ///< which goes when the new one is there
    Labels labels{};
    /// Set: it is one of a schedule, and of those only as many stay as that keeps.
    std::optional<SnapshotSchedule> schedule{};
};

struct SnapshotGoingBack {
    std::string snapshot{};      ///< empty: the newest
    bool destroy_newer = false;  ///< else Conflict, with their names, if there are newer ones
};

struct SnapshotPurging {
    std::size_t keep = 1;                      ///< so many stay, the newest of those with the label
    std::optional<milliseconds> older_than{};  ///< only those; unset: all
    LabelFilter label{};                       ///< only those
};

/// The first names and how many more there are.
template <class Entry>
[[nodiscard]] std::string names_of(const std::vector<Entry>& snapshots);

/// The snapshots there are of pots, or of volumes: in memory and in the store. Loop thread only; replies come
/// once what they say is durable.
template <class Entry>
class SnapshotBook {
  public:
    using Key = typename Entry::Key;
    using Entries = std::vector<Entry>;
    using Owner = std::remove_cvref_t<decltype(owner_of(std::declval<const Key&>()))>;
    struct Ports {
        Journal& journal;
        EventFeed& feed;
        Executor& executor;
        std::function<Status(const Key&)> discard;
        std::function<void(const Key&, Reply<std::int64_t>)> measure;
    };

    explicit SnapshotBook(Ports ports) : ports_(std::move(ports)) {}

    void recover(const Entries& stored, std::map<Owner, std::uint32_t> numbers);
    /// Forgets all of an owner that is gone; its rows and files went with it.
    void drop(const Owner& owner);

    /// By number, so the oldest first.
    [[nodiscard]] Entries of(const Owner& owner) const;
    /// By name or number; the newest if `snapshot` is empty.
    [[nodiscard]] std::optional<Entry> pick(const Owner& owner, std::string_view snapshot) const;
    [[nodiscard]] Entries newer_than(const Entry& entry) const;
    /// Which a purge is about.
    [[nodiscard]] Entries chosen(const Owner& owner, const SnapshotPurging& purging, WallTime now) const;
    [[nodiscard]] std::vector<Key> keys() const;

    /// The next one, as it is recorded once its files are there.
    [[nodiscard]] Entry begin(const Owner& owner, const SnapshotTaking& request, WallTime now) const;
    /// Which go when the next one is there.
    [[nodiscard]] Entries replaced(const Owner& owner, const SnapshotTaking& request, WallTime now) const;

    /// Bytes on disk of each, in the order of `entries`; 0 for one that is gone meanwhile. Counted when first
    /// asked for.
    void measure(const Entries& entries, Reply<std::vector<std::int64_t>> reply);

    /// Commits one whose files are whole and the removal of `replaced`, then discards those. What could not
    /// be recorded is discarded. `next`: as of Along.
    void record(const Entry& made, const Entries& replaced, std::vector<Event> events, const Pot* next,
                Reply<Entry> reply, const Along& along);
    /// Commits their removal with `event`, then discards them.
    void forget(const Entries& entries, Event event, const Pot* next, Reply<void> reply, const Along& along);

  private:
    void erase(const Entries& entries);
    void publish(const std::vector<Event>& events);

    Ports ports_;
    std::map<Key, Entry> kept_;
    std::map<Owner, std::uint32_t> numbers_;  ///< the last one given
    std::map<Key, std::int64_t> sizes_;       ///< as far as they were asked for
};

extern template class SnapshotBook<Snapshot>;
extern template class SnapshotBook<VolumeSnapshot>;

}  // namespace potd::core
