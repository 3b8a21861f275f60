#include "core/service/snapshot_book.hpp"

#include <algorithm>
#include <cstddef>
#include <memory>

namespace potd::core {
namespace {

Change put_change(const Snapshot& one) {
    return PutSnapshot{one};
}
Change put_change(const VolumeSnapshot& one) {
    return PutVolumeSnapshot{one};
}
Change remove_change(const SnapshotKey& key) {
    return RemoveSnapshot{key};
}
Change remove_change(const VolumeSnapshotKey& key) {
    return RemoveVolumeSnapshot{key};
}

/// Those of a schedule that go when there is one more.
template <class Entries>
Entries expired(Entries all, const SnapshotSchedule& schedule, WallTime now) {
    std::erase_if(all, [](const auto& one) { return !one.scheduled; });
    const std::size_t stay = std::min(all.size(), static_cast<std::size_t>(schedule.keep - 1));
    const auto newest = all.end() - static_cast<std::ptrdiff_t>(stay);
    const auto is_old = [&](const auto& one) {
        return schedule.keep_for.count() != 0 && now.ms - one.created_at.ms > schedule.keep_for.count();
    };
    const auto young = std::find_if_not(newest, all.end(), is_old);
    all.erase(young, all.end());
    return all;
}

/// Several sizes on their way to one answer.
struct Measuring {
    std::vector<std::int64_t> bytes;
    std::size_t left = 1;  // so that it does not end before the last was begun
    std::optional<Error> problem;
    Reply<std::vector<std::int64_t>> reply;

    void one_less() {
        if (--left != 0) return;
        if (problem) return reply(*std::move(problem));
        reply(std::move(bytes));
    }
    void take(std::size_t index, const Result<std::int64_t>& size) {
        if (size) bytes[index] = *size;
        if (!size && size.error().kind != ErrorKind::NotFound && !problem) problem = size.error();
        one_less();
    }
};

}  // namespace

template <class Entry>
std::string names_of(const std::vector<Entry>& snapshots) {
    constexpr std::size_t most_named = 5;
    std::string text;
    for (std::size_t i = 0; i < snapshots.size() && i < most_named; ++i)
        text += (i == 0 ? "" : ", ") + snapshots[i].name;
    if (snapshots.size() > most_named)
        text += " and " + std::to_string(snapshots.size() - most_named) + " more";
    return text;
}

template <class Entry>
void SnapshotBook<Entry>::recover(const Entries& stored, std::map<Owner, std::uint32_t> numbers) {
    for (const Entry& entry : stored) kept_[entry.key] = entry;
    numbers_ = std::move(numbers);
}

template <class Entry>
void SnapshotBook<Entry>::drop(const Owner& owner) {
    const auto its = [&](const auto& item) { return owner_of(item.first) == owner; };
    std::erase_if(kept_, its);
    std::erase_if(sizes_, its);
    numbers_.erase(owner);
}

template <class Entry>
typename SnapshotBook<Entry>::Entries SnapshotBook<Entry>::of(const Owner& owner) const {
    Entries found;
    for (auto next = kept_.lower_bound(Key{owner, 0}); next != kept_.end() && owner_of(next->first) == owner;
         ++next)
        found.push_back(next->second);
    return found;
}

template <class Entry>
std::optional<Entry> SnapshotBook<Entry>::pick(const Owner& owner, std::string_view snapshot) const {
    const Entries all = of(owner);
    const auto found = std::find_if(all.rbegin(), all.rend(), [&](const Entry& one) {
        return snapshot.empty() || one.name == snapshot || std::to_string(one.key.number) == snapshot;
    });
    return found == all.rend() ? std::nullopt : std::optional(*found);
}

template <class Entry>
typename SnapshotBook<Entry>::Entries SnapshotBook<Entry>::newer_than(const Entry& entry) const {
    Entries newer = of(owner_of(entry.key));
    std::erase_if(newer, [&](const Entry& one) { return one.key.number <= entry.key.number; });
    return newer;
}

template <class Entry>
typename SnapshotBook<Entry>::Entries SnapshotBook<Entry>::chosen(const Owner& owner,
                                                                  const SnapshotPurging& purging,
                                                                  WallTime now) const {
    Entries old = of(owner);
    std::erase_if(old, [&](const Entry& one) { return !purging.label.matches(one.labels); });
    old.resize(old.size() - std::min(old.size(), purging.keep));
    std::erase_if(old, [&](const Entry& one) {
        return purging.older_than && now.ms - one.created_at.ms < purging.older_than->count();
    });
    return old;
}

template <class Entry>
std::vector<typename Entry::Key> SnapshotBook<Entry>::keys() const {
    std::vector<Key> all;
    for (const auto& [key, entry] : kept_) all.push_back(key);
    return all;
}

template <class Entry>
Entry SnapshotBook<Entry>::begin(const Owner& owner, const SnapshotTaking& request, WallTime now) const {
    const auto last = numbers_.find(owner);
    Entry made;
    made.key = Key{owner, (last == numbers_.end() ? 0 : last->second) + 1};
    made.created_at = now;
    made.name = request.name.empty() ? default_snapshot_name(now, made.key.number) : request.name;
    made.labels = request.labels;
    made.scheduled = request.schedule.has_value();
    return made;
}

template <class Entry>
typename SnapshotBook<Entry>::Entries SnapshotBook<Entry>::replaced(const Owner& owner,
                                                                    const SnapshotTaking& request,
                                                                    WallTime now) const {
    Entries oldest = of(owner);
    if (request.schedule) return expired(std::move(oldest), *request.schedule, now);
    oldest.resize(request.replace_oldest ? std::min<std::size_t>(oldest.size(), 1) : 0);
    return oldest;
}

template <class Entry>
void SnapshotBook<Entry>::measure(const Entries& entries, Reply<std::vector<std::int64_t>> reply) {
    auto work = std::make_shared<Measuring>();
    work->bytes.resize(entries.size());
    work->reply = std::move(reply);
    for (std::size_t i = 0; i < entries.size(); ++i) {
        const Key key = entries[i].key;
        if (const auto known = sizes_.find(key); known != sizes_.end()) {
            work->bytes[i] = known->second;
            continue;
        }
        ++work->left;
        ports_.measure(key, [this, key, i, work](const Result<std::int64_t>& size) {
            if (size && kept_.contains(key)) sizes_[key] = *size;
            work->take(i, size);
        });
    }
    ports_.executor.post([work] { work->one_less(); });
}

template <class Entry>
void SnapshotBook<Entry>::erase(const Entries& entries) {
    for (const Entry& one : entries) {
        kept_.erase(one.key);
        // What goes may leave its files to its neighbours.
        std::erase_if(sizes_, [&](const auto& item) { return owner_of(item.first) == owner_of(one.key); });
    }
}

template <class Entry>
void SnapshotBook<Entry>::publish(const std::vector<Event>& events) {
    for (const Event& event : events) ports_.feed.publish(event);
}

template <class Entry>
void SnapshotBook<Entry>::record(const Entry& made, const Entries& replaced, std::vector<Event> events,
                                 const Pot* next, Reply<Entry> reply, const Along& along) {
    std::vector<Change> changes;
    for (const Entry& one : replaced) changes.emplace_back(remove_change(one.key));
    changes.emplace_back(put_change(made));
    for (Event& event : events) changes.emplace_back(AppendEvent{std::move(event)});
    if (along) along.board(changes, next);
    auto stored = std::make_shared<bool>(false);
    auto recorded = [this, made, replaced, stored, along](const Result<std::vector<Event>>& result) {
        if (!result && along) along.lost();
        if (!result) return;
        *stored = true;
        erase(replaced);
        kept_[made.key] = made;
        numbers_[owner_of(made.key)] = made.key.number;
        publish(*result);
    };
    auto durable = [this, made, replaced, stored, reply = std::move(reply)](Status status) {
        // What was not recorded goes again; what resists is swept at the next start.
        if (!*stored) static_cast<void>(ports_.discard(made.key));
        for (const Entry& one : replaced) {
            if (status) status = ports_.discard(one.key);
        }
        reply(status ? Result<Entry>(made) : Result<Entry>(std::move(status).error()));
    };
    ports_.journal.commit(std::move(changes), Durability::Intent, std::move(recorded), std::move(durable));
}

template <class Entry>
void SnapshotBook<Entry>::forget(const Entries& entries, Event event, const Pot* next, Reply<void> reply,
                                 const Along& along) {
    std::vector<Change> changes;
    for (const Entry& one : entries) changes.emplace_back(remove_change(one.key));
    changes.emplace_back(AppendEvent{std::move(event)});
    if (along) along.board(changes, next);
    auto recorded = [this, entries, along](const Result<std::vector<Event>>& result) {
        if (!result && along) along.lost();
        if (!result) return;
        erase(entries);
        publish(*result);
    };
    // The files cannot come back, so they go once a power cut cannot bring back the rows.
    auto durable = [this, entries, reply = std::move(reply)](Status status) {
        if (!status) return reply(std::move(status));
        for (const Entry& one : entries) {
            Status gone = ports_.discard(one.key);
            if (!gone && status) status = std::move(gone).in("snapshot " + one.name);
        }
        reply(std::move(status));
    };
    ports_.journal.commit(std::move(changes), Durability::Intent, std::move(recorded), std::move(durable));
}

template class SnapshotBook<Snapshot>;
template class SnapshotBook<VolumeSnapshot>;
template std::string names_of(const std::vector<Snapshot>& snapshots);
template std::string names_of(const std::vector<VolumeSnapshot>& snapshots);

}  // namespace potd::core
