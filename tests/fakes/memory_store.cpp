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
        if (std::ranges::any_of(store_.pots, taken)) {
            return core::error(ErrorKind::Conflict, "pot " + change.pot.spec.name + ": the name is taken");
        }
        change.pot.run.reset();
        store_.pots.insert_or_assign(change.pot.id, std::move(change.pot));
        return {};
    }

    Status operator()(core::RemovePot& change) {
        std::erase_if(store_.runs, [&](const auto& entry) { return entry.first.pot == change.id; });
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

    Status operator()(core::PutBase& change) {
        store_.bases.insert_or_assign(change.base.name, change.base);
        return {};
    }

    Status operator()(core::RemoveBase& change) {
        store_.bases.erase(change.name);
        return {};
    }

    Status operator()(core::PutBoot& change) {
        store_.boot_id = change.boot_id;
        return {};
    }

    Status operator()(core::AppendEvent& change) {
        change.event.number = store_.events.size() + 1;
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

core::StoredState MemoryStore::load() const {
    core::StoredState state;
    for (const auto& [id, pot] : pots) {
        state.pots.push_back(pot);
        const auto after = runs.lower_bound(core::RunKey{core::PotId{id.text + '\0'}, 0});
        if (after != runs.begin() && std::prev(after)->first.pot == id) {
            state.pots.back().run = std::prev(after)->second;
        }
    }
    for (const auto& [name, base] : bases) state.bases.push_back(base);
    state.last_event = events.size();
    state.boot_id = boot_id;
    return state;
}

}  // namespace potd::fakes
