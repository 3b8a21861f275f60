#include "tests/fakes/memory_store.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace potd::fakes {
namespace {

using core::ErrorKind;
using core::Status;

class Applier {
  public:
    explicit Applier(MemoryStore& store) : store_(store) {}

    Status operator()(core::PutPot& change) {
        const auto taken = [&](const auto& entry) {
            return entry.first != change.pot.id && entry.second.spec.name == change.pot.spec.name;
        };
        if (std::any_of(store_.pots.begin(), store_.pots.end(), taken)) {
            return core::error(ErrorKind::Conflict, "pot " + change.pot.spec.name + ": the name is taken");
        }
        change.pot.run.reset();
        change.pot.leases = {};
        store_.pots.insert_or_assign(change.pot.id, std::move(change.pot));
        return {};
    }

    Status operator()(core::RemovePot& change) {
        std::erase_if(store_.runs, [&](const auto& entry) { return entry.first.pot == change.id; });
        std::erase_if(store_.snapshots, [&](const auto& entry) { return entry.first.pot == change.id; });
        store_.snapshot_numbers.erase(change.id);
        store_.leases.erase(change.id);
        store_.secrets.erase(change.id);
        store_.pots.erase(change.id);
        return {};
    }

    Status operator()(core::PutRun& change) {
        if (!store_.pots.contains(change.pot)) {
            return core::error(ErrorKind::NotFound, "pot " + change.pot.text + ": does not exist");
        }
        const core::RunKey key{change.pot, change.run.number};
        const auto old = store_.runs.find(key);
        if (old != store_.runs.end() && old->second.end && old->second.end != change.run.end) {
            return core::error(ErrorKind::Conflict, "run " + core::kernel_name(key) + ": has already ended");
        }
        store_.runs.insert_or_assign(key, std::move(change.run));
        return {};
    }

    Status operator()(core::RemoveRuns& change) {
        std::uint32_t newest = 0;
        for (const auto& [key, run] : store_.runs) newest = key.pot == change.pot ? key.run : newest;
        std::erase_if(store_.runs, [&](const auto& entry) {
            const auto& [key, run] = entry;
            return key.pot == change.pot && key.run <= change.up_to && key.run < newest && run.end &&
                   run.end->ended_at <= change.ended_before;
        });
        return {};
    }

    Status operator()(core::PutBase& change) {
        store_.bases.insert_or_assign(change.base.name, change.base);
        return {};
    }

    Status operator()(core::RemoveBase& change) {
        store_.bases.erase(change.name);
        return {};
    }

    Status operator()(core::RemoveBaseRevision& change) {
        const auto base = store_.bases.find(change.base);
        if (base == store_.bases.end()) return {};
        std::erase_if(base->second.others,
                      [&](const core::BaseRevision& one) { return one.number == change.number; });
        return {};
    }

    Status operator()(core::PutBoot& change) {
        store_.boot_id = change.boot_id;
        return {};
    }

    Status operator()(core::PutOperation& change) {
        const std::string id = change.operation.id;
        if (change.key.text.empty())
            store_.answers.erase(id);
        else if (change.answer)
            store_.answers.insert_or_assign(id, *std::move(change.answer));
        change.operation.progress = {};
        store_.operations.insert_or_assign(
            id, core::StoredOperation{std::move(change.operation), std::move(change.key),
                                      store_.answers.contains(id)});
        return {};
    }

    Status operator()(core::RemoveOperation& change) {
        store_.operations.erase(change.id);
        store_.answers.erase(change.id);
        return {};
    }

    Status operator()(core::PutSnapshot& change) {
        const core::SnapshotKey key = change.snapshot.key;
        if (!store_.pots.contains(key.pot))
            return core::error(ErrorKind::NotFound, "pot " + key.pot.text + ": does not exist");
        const bool taken =
            std::any_of(store_.snapshots.begin(), store_.snapshots.end(), [&](const auto& one) {
                return one.first == key ||
                       (one.first.pot == key.pot && one.second.name == change.snapshot.name);
            });
        if (taken) return core::error(ErrorKind::Conflict, "snapshot " + change.snapshot.name + ": is taken");
        std::uint32_t& last = store_.snapshot_numbers[key.pot];
        last = std::max(last, key.number);
        store_.snapshots.emplace(key, std::move(change.snapshot));
        return {};
    }

    Status operator()(core::RemoveSnapshot& change) {
        store_.snapshots.erase(change.key);
        return {};
    }

    Status operator()(core::PutVolume& change) {
        const std::string name = change.volume.name;
        if (!store_.volumes.emplace(name, std::move(change.volume)).second)
            return core::error(ErrorKind::Conflict, "fscomp " + name + ": is taken");
        return {};
    }

    Status operator()(core::ChangeVolume& change) {
        const auto found = store_.volumes.find(change.volume.name);
        if (found != store_.volumes.end()) found->second = std::move(change.volume);
        return {};
    }

    Status operator()(core::RemoveVolume& change) {
        store_.volumes.erase(change.name);
        std::erase_if(store_.volume_snapshots,
                      [&](const auto& entry) { return entry.first.volume == change.name; });
        store_.volume_snapshot_numbers.erase(change.name);
        return {};
    }

    Status operator()(core::PutVolumeSnapshot& change) {
        const core::VolumeSnapshotKey key = change.snapshot.key;
        if (!store_.volumes.contains(key.volume))
            return core::error(ErrorKind::NotFound, "fscomp " + key.volume + ": does not exist");
        const bool taken =
            std::any_of(store_.volume_snapshots.begin(), store_.volume_snapshots.end(), [&](const auto& one) {
                return one.first == key ||
                       (one.first.volume == key.volume && one.second.name == change.snapshot.name);
            });
        if (taken) return core::error(ErrorKind::Conflict, "snapshot " + change.snapshot.name + ": is taken");
        std::uint32_t& last = store_.volume_snapshot_numbers[key.volume];
        last = std::max(last, key.number);
        store_.volume_snapshots.emplace(key, std::move(change.snapshot));
        return {};
    }

    Status operator()(core::RemoveVolumeSnapshot& change) {
        store_.volume_snapshots.erase(change.key);
        return {};
    }

    Status operator()(core::PutToken& change) {
        std::string name = change.token.name;
        store_.tokens.insert_or_assign(std::move(name), std::move(change.token));
        return {};
    }

    Status operator()(core::RemoveToken& change) {
        store_.tokens.erase(change.name);
        return {};
    }

    Status operator()(core::PutSecrets& change) {
        if (!store_.pots.contains(change.pot))
            return core::error(ErrorKind::NotFound, "pot " + change.pot.text + ": does not exist");
        if (change.secrets.empty())
            store_.secrets.erase(change.pot);
        else
            store_.secrets.insert_or_assign(change.pot, std::move(change.secrets));
        return {};
    }

    Status operator()(core::AppendAudit& change) {
        const std::uint64_t number = change.entry.number;
        if (!store_.audit.empty() && number <= store_.audit.rbegin()->first)
            return core::error(ErrorKind::Conflict, "the audit log is only added to");
        store_.audit[number].entry = std::move(change.entry);
        return {};
    }

    Status operator()(core::EndAudit& change) {
        const auto found = store_.audit.find(change.end.number);
        if (found == store_.audit.end()) return {};
        if (found->second.end.outcome != core::AuditOutcome::Unknown)
            return core::error(ErrorKind::Conflict, "the audit log is only added to");
        found->second.end = std::move(change.end);
        return {};
    }

    Status operator()(core::PutBridge& change) {
        const auto [found, is_new] = store_.bridges.emplace(change.bridge.name, change.bridge);
        if (is_new || found->second == change.bridge) return {};
        return core::error(ErrorKind::Conflict, "network " + change.bridge.name + ": is taken");
    }

    Status operator()(core::RemoveBridge& change) {
        for (const auto& [id, leases] : store_.leases) {
            for (const auto& one : leases.addresses) {
                if (one.bridge == change.name)
                    return core::error(ErrorKind::Conflict, "network " + change.name + ": has leases");
            }
        }
        store_.bridges.erase(change.name);
        return {};
    }

    Status operator()(core::PutLeases& change) {
        if (!store_.pots.contains(change.pot))
            return core::error(ErrorKind::NotFound, "pot " + change.pot.text + ": does not exist");
        for (const auto& one : change.leases.addresses) {
            if (!store_.bridges.contains(one.bridge))
                return core::error(ErrorKind::NotFound, "network " + one.bridge + ": does not exist");
            for (const auto& [id, leases] : store_.leases) {
                const auto& all = leases.addresses;
                if (id != change.pot && std::find(all.begin(), all.end(), one) != all.end())
                    return core::error(ErrorKind::Conflict, core::to_string(one.address) + ": is taken");
            }
        }
        store_.leases.insert_or_assign(change.pot, std::move(change.leases));
        return {};
    }

    Status operator()(core::AppendEvent& change) {
        change.event.number = store_.events.empty() ? 1 : store_.events.back().number + 1;
        store_.events.push_back(change.event);
        committed.push_back(std::move(change.event));
        return {};
    }

    std::vector<core::Event> committed;

  private:
    MemoryStore& store_;
};

}  // namespace

core::Result<std::vector<core::Event>> MemoryStore::apply(std::vector<core::Change> changes) {
    MemoryStore next = *this;
    Applier applier(next);
    for (core::Change& change : changes) {
        if (auto status = std::visit(applier, change); !status) return std::move(status).error();
    }
    *this = std::move(next);
    return std::move(applier.committed);
}

void MemoryStore::forget_events(std::uint64_t up_to) {
    if (events.empty()) return;
    const std::uint64_t last = events.back().number;
    std::erase_if(events,
                  [&](const core::Event& event) { return event.number <= up_to && event.number != last; });
}

core::StoredState MemoryStore::load() const {
    core::StoredState state;
    for (const auto& [id, pot] : pots) {
        state.pots.push_back(pot);
        if (const auto own = leases.find(id); own != leases.end()) state.pots.back().leases = own->second;
        const auto after = runs.lower_bound(core::RunKey{core::PotId{id.text + '\0'}, 0});
        if (after != runs.begin() && std::prev(after)->first.pot == id) {
            state.pots.back().run = std::prev(after)->second;
        }
    }
    for (const auto& [name, base] : bases) state.bases.push_back(base);
    for (const auto& [name, volume] : volumes) state.volumes.push_back(volume);
    for (const auto& [key, snapshot] : snapshots) state.snapshots.push_back(snapshot);
    state.snapshot_numbers = snapshot_numbers;
    for (const auto& [key, snapshot] : volume_snapshots) state.volume_snapshots.push_back(snapshot);
    state.volume_snapshot_numbers = volume_snapshot_numbers;
    for (const auto& [id, operation] : operations) state.operations.push_back(operation);
    for (const auto& [name, bridge] : bridges) state.bridges.push_back(bridge);
    for (const auto& [name, token] : tokens) state.tokens.push_back(token);
    state.secrets = secrets;
    state.last_audit = audit.empty() ? 0 : audit.rbegin()->first;
    state.last_event = events.empty() ? 0 : events.back().number;
    state.boot_id = boot_id;
    return state;
}

}  // namespace potd::fakes
