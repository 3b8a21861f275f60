#include "tests/sim/sim_store.hpp"

#include <algorithm>
#include <iterator>
#include <memory>

namespace potd::sim {

/// Carries out the changes of one transaction and keeps what they replace.
class SimStore::Writer {
  public:
    explicit Writer(SimStore& store) : store_(store) {
        before.last_event = store.bounds().last;
        before.boot_id = store.boot_id_;
    }

    void operator()(core::PutPot& change) {
        change.pot.run.reset();
        change.pot.leases = {};
        const core::PotId id = change.pot.id;
        replace(store_.pots, before.pots, id, std::move(change.pot));
    }
    void operator()(core::RemovePot& change) {
        const auto first = store_.runs.lower_bound({change.id, 0});
        auto last = first;
        while (last != store_.runs.end() && last->first.pot == change.id) {
            before.runs.emplace_back(last->first, std::move(last->second));
            ++last;
        }
        store_.runs.erase(first, last);
        for (auto& [key, row] : store_.snapshots) {
            if (key.pot == change.id) before.snapshots.emplace_back(key, row);
        }
        std::erase_if(store_.snapshots, [&](const auto& item) { return item.first.pot == change.id; });
        if (auto own = store_.leases.extract(change.id))
            before.leases.emplace_back(change.id, std::move(own.mapped()));
        const auto found = store_.pots.find(change.id);
        if (found == store_.pots.end()) return;
        before.pots.emplace_back(change.id, std::move(found->second));
        store_.pots.erase(found);
    }
    void operator()(core::PutRun& change) {
        store_.judge_.expect(store_.pots.contains(change.pot), "I5", [] { return "a run without its pot"; });
        const core::RunKey key{change.pot, change.run.number};
        const auto old = store_.runs.find(key);
        const bool reopened =
            old != store_.runs.end() && old->second.end && old->second.end != change.run.end;
        store_.judge_.expect(!reopened, "I2", [&] { return core::kernel_name(key) + " has already ended"; });
        replace(store_.runs, before.runs, key, std::move(change.run));
    }
    void operator()(core::RemoveRuns& change) {
        store_.judge_.fail("I2", "nobody has asked to remove the runs of " + change.pot.text);
    }
    void operator()(core::PutBase& change) {
        const std::string name = change.base.name;
        replace(store_.bases, before.bases, name, std::move(change.base));
    }
    void operator()(core::RemoveBase& change) {
        const auto found = store_.bases.find(change.name);
        if (found == store_.bases.end()) return;
        before.bases.emplace_back(change.name, std::move(found->second));
        store_.bases.erase(found);
    }
    void operator()(core::RemoveBaseRevision& change) {
        store_.judge_.fail("I4", "nobody has updated the base " + change.base);
    }
    void operator()(core::PutOperation& change) {
        if (change.operation.begun) check_key(change);
        const std::string id = change.operation.id;
        const auto old = store_.operations.find(id);
        const bool answered = change.answer || (old != store_.operations.end() && old->second.answered);
        replace(store_.operations, before.operations, id,
                core::StoredOperation{std::move(change.operation), std::move(change.key), answered});
    }
    void operator()(core::RemoveOperation& change) {
        const auto found = store_.operations.find(change.id);
        if (found == store_.operations.end()) return;
        before.operations.emplace_back(change.id, std::move(found->second));
        store_.operations.erase(found);
    }
    void operator()(core::PutSnapshot& change) {
        const core::SnapshotKey key = change.snapshot.key;
        store_.judge_.expect(store_.pots.contains(key.pot) && !store_.snapshots.contains(key), "I5",
                             [] { return "a snapshot without its pot, or a second one of its number"; });
        std::uint32_t& last = store_.snapshot_numbers[key.pot];
        last = std::max(last, key.number);
        replace(store_.snapshots, before.snapshots, key, std::move(change.snapshot));
    }
    void operator()(core::RemoveSnapshot& change) {
        const auto found = store_.snapshots.find(change.key);
        if (found == store_.snapshots.end()) return;
        before.snapshots.emplace_back(change.key, std::move(found->second));
        store_.snapshots.erase(found);
    }
    void operator()(core::PutVolume& change) {
        const std::string name = change.volume.name;
        store_.judge_.expect(!store_.volumes.contains(name), "I6",
                             [&] { return "a second fscomp called " + name; });
        replace(store_.volumes, before.volumes, name, std::move(change.volume));
    }
    void operator()(core::ChangeVolume& change) {
        const std::string name = change.volume.name;
        store_.judge_.expect(store_.volumes.contains(name), "I5",
                             [&] { return "fscomp " + name + " is changed and not there"; });
        replace(store_.volumes, before.volumes, name, std::move(change.volume));
    }
    void operator()(core::RemoveVolume& change) {
        const auto found = store_.volumes.find(change.name);
        if (found == store_.volumes.end()) return;
        before.volumes.emplace_back(change.name, std::move(found->second));
        store_.volumes.erase(found);
        for (auto& [key, row] : store_.volume_snapshots) {
            if (key.volume == change.name) before.volume_snapshots.emplace_back(key, row);
        }
        std::erase_if(store_.volume_snapshots,
                      [&](const auto& item) { return item.first.volume == change.name; });
    }
    void operator()(core::PutVolumeSnapshot& change) {
        const core::VolumeSnapshotKey key = change.snapshot.key;
        store_.judge_.expect(store_.volumes.contains(key.volume) && !store_.volume_snapshots.contains(key),
                             "I5",
                             [] { return "a snapshot without its fscomp, or a second one of its number"; });
        std::uint32_t& last = store_.volume_snapshot_numbers[key.volume];
        last = std::max(last, key.number);
        replace(store_.volume_snapshots, before.volume_snapshots, key, std::move(change.snapshot));
    }
    void operator()(core::RemoveVolumeSnapshot& change) {
        const auto found = store_.volume_snapshots.find(change.key);
        if (found == store_.volume_snapshots.end()) return;
        before.volume_snapshots.emplace_back(change.key, std::move(found->second));
        store_.volume_snapshots.erase(found);
    }
    // The simulated clients have none.
    void operator()(core::PutToken& /*change*/) {}
    void operator()(core::RemoveToken& /*change*/) {}
    void operator()(core::PutSecrets& /*change*/) {}
    void operator()(core::AppendAudit& /*change*/) {}
    void operator()(core::EndAudit& /*change*/) {}
    void operator()(core::PutBridge& change) {
        const std::string name = change.bridge.name;
        const auto found = store_.bridges.find(name);
        store_.judge_.expect(found == store_.bridges.end() || found->second == change.bridge, "I6",
                             [&] { return "a second network called " + name; });
        replace(store_.bridges, before.bridges, name, std::move(change.bridge));
    }
    void operator()(core::RemoveBridge& change) {
        for (const auto& [id, held] : store_.leases) {
            for (const auto& one : held.addresses)
                store_.judge_.expect(one.bridge != change.name, "I6",
                                     [&] { return "network " + change.name + " goes with leases on it"; });
        }
        const auto found = store_.bridges.find(change.name);
        if (found == store_.bridges.end()) return;
        before.bridges.emplace_back(change.name, std::move(found->second));
        store_.bridges.erase(found);
    }
    void operator()(core::PutLeases& change) {
        for (const auto& one : change.leases.addresses) {
            store_.judge_.expect(store_.bridges.contains(one.bridge), "I6",
                                 [&] { return "a lease on no network: " + one.bridge; });
            for (const auto& [id, held] : store_.leases) {
                const auto& all = held.addresses;
                store_.judge_.expect(id == change.pot || std::find(all.begin(), all.end(), one) == all.end(),
                                     "I6", [&] { return core::to_string(one.address) + " is leased twice"; });
            }
        }
        replace(store_.leases, before.leases, change.pot, std::move(change.leases));
    }
    void operator()(core::PutBoot& change) { store_.boot_id_ = change.boot_id; }
    void operator()(core::AppendEvent& change) {
        change.event.number = store_.bounds().last + 1;
        store_.events.push_back(change.event);
        appended.push_back(std::move(change.event));
    }

    Before before;
    std::vector<core::Event> appended;

  private:
    /// No other operation may have taken effect by the same key, but for one whose key may be forgotten.
    void check_key(const core::PutOperation& change) {
        for (const auto& [id, other] : store_.operations) {
            const bool twice = id != change.operation.id && other.operation.begun &&
                               !store_.old_operations_.contains(id) && !change.key.text.empty() &&
                               other.key.text == change.key.text;
            store_.judge_.expect(!twice, "I7", [&] { return change.key.text + " acts twice"; });
        }
    }

    template <class Map, class Kept, class Key, class Row>
    static void replace(Map& map, Kept& kept, const Key& key, Row row) {
        const auto [place, is_new] = map.try_emplace(key);
        if (is_new)
            kept.emplace_back(key, std::nullopt);
        else
            kept.emplace_back(key, std::move(place->second));
        place->second = std::move(row);
    }

    SimStore& store_;
};

void SimStore::commit(std::vector<core::Change> changes, core::Durability durability, Recorded recorded,
                      Durable durable) {
    queue_.push_back({std::move(changes), durability, std::move(recorded), std::move(durable)});
}

bool SimStore::write() {
    if (queue_.empty()) return false;
    Transaction next = std::move(queue_.front());
    queue_.pop_front();
    if (failing_writes_ > 0) {
        --failing_writes_;
        refuse(std::move(next));
        return true;
    }
    auto appended = std::make_shared<std::vector<core::Event>>(apply(std::move(next.changes)));
    if (next.recorded) {
        loop_.post([recorded = std::move(next.recorded), appended] { recorded(std::move(*appended)); });
    }
    if (next.durability == core::Durability::Intent) {
        sync_wanted_ = true;
        if (next.durable) waiting_.push_back(std::move(next.durable));
    }
    return true;
}

void SimStore::refuse(Transaction transaction) {
    ++failures_;
    judge_.tell("    the disk is full");
    const core::Error full = core::error(core::ErrorKind::ResourceExhausted, "no space left on device");
    loop_.post([transaction = std::move(transaction), full] {
        if (transaction.recorded) transaction.recorded(full);
        if (transaction.durable) transaction.durable(full);
    });
}

std::vector<core::Event> SimStore::apply(std::vector<core::Change> changes) {
    Writer writer(*this);
    for (core::Change& change : changes) std::visit(writer, change);
    if (on_write_) on_write_(writer.before);
    unsynced_.push_back(std::move(writer.before));
    return std::move(writer.appended);
}

bool SimStore::sync() {
    if (!sync_wanted_) return false;
    sync_wanted_ = false;
    core::Status status;
    if (failing_syncs_ > 0) {
        --failing_syncs_;
        ++failures_;
        has_failed_sync_ = true;
        status = core::error(core::ErrorKind::Internal, "input/output error");
    } else {
        unsynced_.clear();
    }
    loop_.post([waiting = std::exchange(waiting_, {}), status] {
        for (const Durable& durable : waiting) durable(status);
    });
    return true;
}

void SimStore::retain(std::size_t most) {
    Before before;
    before.last_event = bounds().last;
    before.boot_id = boot_id_;
    for (; most > 0 && events.size() > 1; --most) {
        before.forgotten.push_back(std::move(events.front()));
        events.pop_front();
    }
    unsynced_.push_back(std::move(before));
}

core::EventEpochs SimStore::open_events(const std::string& boot_id) {
    const std::uint64_t last = bounds().last;
    const bool whole = closed_at_ ? closed_at_ == last : told_in_boot_ == boot_id;
    if (!whole || epochs_.empty()) epochs_.push_back({epochs_.size() + 1, last});
    told_in_boot_ = boot_id;
    closed_at_.reset();
    return core::EventEpochs(epochs_);
}

core::EventBounds SimStore::bounds() const {
    if (events.empty()) return {};
    return {events.front().number, events.back().number};
}

bool SimStore::new_runs_reach_the_disk() const {
    if (sync_wanted_ || has_failed_sync_) return true;
    for (const Before& before : unsynced_) {
        for (const auto& [key, row] : before.runs) {
            if (!row) return false;
        }
    }
    return true;
}

void SimStore::kill() {
    queue_.clear();
    waiting_.clear();
    sync_wanted_ = has_failed_sync_ = false;
    failing_writes_ = failing_syncs_ = 0;
}

void SimStore::lose_power(std::size_t most) {
    for (; most > 0 && !unsynced_.empty(); --most) {
        undo(std::move(unsynced_.back()));
        unsynced_.pop_back();
    }
    unsynced_.clear();
}

namespace {

template <class Map, class Kept>
void put_back(Map& map, Kept& kept) {
    // Backwards: a row may have been replaced twice.
    for (auto row = kept.rbegin(); row != kept.rend(); ++row) {
        if (row->second)
            map.insert_or_assign(row->first, std::move(*row->second));
        else
            map.erase(row->first);
    }
}

}  // namespace

void SimStore::undo(Before before) {
    put_back(pots, before.pots);
    put_back(runs, before.runs);
    put_back(bases, before.bases);
    put_back(volumes, before.volumes);
    put_back(volume_snapshots, before.volume_snapshots);
    put_back(operations, before.operations);
    put_back(snapshots, before.snapshots);
    put_back(bridges, before.bridges);
    put_back(leases, before.leases);
    events.insert(events.begin(), before.forgotten.begin(), before.forgotten.end());
    while (!events.empty() && events.back().number > before.last_event) events.pop_back();
    boot_id_ = before.boot_id;
}

core::StoredState SimStore::load() const {
    core::StoredState state;
    for (const auto& [id, row] : pots) {
        state.pots.push_back(row);
        if (const core::Run* last = last_run(id)) state.pots.back().run = *last;
        if (const auto own = leases.find(id); own != leases.end()) state.pots.back().leases = own->second;
    }
    for (const auto& [name, bridge] : bridges) state.bridges.push_back(bridge);
    for (const auto& [name, base] : bases) state.bases.push_back(base);
    for (const auto& [name, volume] : volumes) state.volumes.push_back(volume);
    for (const auto& [key, snapshot] : snapshots) state.snapshots.push_back(snapshot);
    state.snapshot_numbers = snapshot_numbers;
    for (const auto& [key, snapshot] : volume_snapshots) state.volume_snapshots.push_back(snapshot);
    state.volume_snapshot_numbers = volume_snapshot_numbers;
    for (const auto& [id, operation] : operations) state.operations.push_back(operation);
    state.last_event = bounds().last;
    state.boot_id = boot_id_;
    return state;
}

const core::Pot* SimStore::pot(const core::PotId& id) const {
    const auto found = pots.find(id);
    return found == pots.end() ? nullptr : &found->second;
}

const core::Pot* SimStore::pot_named(const std::string& name) const {
    for (const auto& [id, row] : pots) {
        if (row.spec.name == name) return &row;
    }
    return nullptr;
}

const core::Run* SimStore::run(const core::RunKey& key) const {
    const auto found = runs.find(key);
    return found == runs.end() ? nullptr : &found->second;
}

const core::Run* SimStore::last_run(const core::PotId& id) const {
    const auto after = runs.upper_bound({id, UINT32_MAX});
    if (after == runs.begin() || std::prev(after)->first.pot != id) return nullptr;
    return &std::prev(after)->second;
}

const core::Pot* SimStore::durable_pot(const core::PotId& id) const {
    for (const Before& before : unsynced_) {
        for (const auto& [kept, row] : before.pots) {
            if (kept == id) return row ? &*row : nullptr;
        }
    }
    return pot(id);
}

const core::StoredOperation* SimStore::durable_operation(const std::string& id) const {
    for (const Before& before : unsynced_) {
        for (const auto& [kept, row] : before.operations) {
            if (kept == id) return row ? &*row : nullptr;
        }
    }
    const auto found = operations.find(id);
    return found == operations.end() ? nullptr : &found->second;
}

bool SimStore::durable_snapshot(const core::SnapshotKey& key) const {
    for (const Before& before : unsynced_) {
        for (const auto& [kept, row] : before.snapshots) {
            if (kept == key) return row.has_value();
        }
    }
    return snapshots.contains(key);
}

bool SimStore::durable_run(const core::RunKey& key) const {
    for (const Before& before : unsynced_) {
        for (const auto& [kept, row] : before.runs) {
            if (kept == key) return row.has_value();
        }
    }
    return runs.contains(key);
}

}  // namespace potd::sim
