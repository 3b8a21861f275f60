// What must hold of each pot, and of its addresses.
#include "tests/sim/world.hpp"

#include <algorithm>
#include <set>

namespace potd::sim {

using core::Pot;
using core::PotState;

void World::check_pot(const Pot& pot) {
    using enum PotState;
    const bool ended = pot.run && pot.run->end;
    const bool up = pot.state == Running || pot.state == Paused;
    const bool down =
        pot.state == Created || pot.state == Stopped || pot.state == Failed || pot.state == Backoff;
    const auto text = [&] { return pot.spec.name + " is " + std::string(core::to_string(pot.state)); };
    judge_.expect(!up || (pot.run && !ended), "I2", text);
    judge_.expect(!down || !pot.run || (ended && pot.run->stage == core::RunStage::Done), "I2", text);
    judge_.expect(pot.state != Backoff || pot.next_start_at, "I7", text);
}

void World::check_pot_at_rest(const Pot& pot) {
    using enum PotState;
    const auto text = [&] {
        return pot.spec.name + " rests as " + std::string(core::to_string(pot.state)) + ", wanted " +
               std::string(core::to_string(pot.desired));
    };
    const bool up = pot.state == Running || pot.state == Paused;
    const bool down = pot.state == Created || pot.state == Stopped || pot.state == Failed;
    judge_.expect(up || down, "I7", text);
    judge_.expect(down == (pot.desired == core::Desired::Stopped), "I7", text);
    const auto found = pot.run ? machine_.lives.find({pot.id, pot.run->number}) : machine_.lives.end();
    const bool lives = found != machine_.lives.end() && found->second.phase == SimMachine::Phase::Running;
    judge_.expect(up == lives, "I4",
                  [&] { return text() + (lives ? ", but it runs" : ", but nothing runs"); });
    judge_.expect(!lives || found->second.stuck || found->second.frozen == (pot.state == Paused), "I4", [&] {
        return text() + (found->second.frozen ? ", but is frozen" : ", but is not frozen");
    });
    judge_.expect(machine_.directories.contains(pot.id), "I4", [&] { return text() + " without files"; });
    const auto kept = std::count_if(store_.snapshots.begin(), store_.snapshots.end(), [&](const auto& one) {
        return one.first.pot == pot.id && one.second.scheduled;
    });
    judge_.expect(kept <= most_scheduled + 1, "I4",
                  [&] { return text() + " with " + std::to_string(kept) + " scheduled snapshots"; });
}

/// At rest memory holds nothing that a kill -9 would forget.
void World::check_stored(const Pot& pot) {
    const Pot* const row = store_.pot(pot.id);
    const core::Run* const run = store_.last_run(pot.id);
    const bool same = row != nullptr && row->state == pot.state && row->desired == pot.desired &&
                      row->spec == pot.spec && row->version == pot.version && row->restarts == pot.restarts &&
                      (run == nullptr ? !pot.run : pot.run == *run);
    judge_.expect(same, "I5", [&] { return "the store does not have the present " + pot.spec.name; });
}

/// What is connected is what runs, each by its own leases.
void World::check_networks() {
    std::set<core::IpAddress> addresses;
    for (const auto& [key, connections] : networks_.connected) {
        const auto life = machine_.lives.find(key);
        judge_.expect(life != machine_.lives.end(), "I4",
                      [&run = key] { return core::kernel_name(run) + " is connected and not there"; });
        for (const core::Connection& one : connections.interfaces) {
            judge_.expect(one.ipv4 && addresses.insert(*one.ipv4).second, "I6",
                          [&] { return core::to_string(*one.ipv4) + " is on two pots"; });
        }
    }
    for (const auto& [id, pot] : store_.pots) {
        const auto own = store_.leases.find(id);
        const bool has = own != store_.leases.end() && !own->second.empty();
        judge_.expect(has == core::is_bridged(pot.spec.network), "I6",
                      [&name = pot.spec.name] { return name + " has leases it should not have, or none"; });
        const bool runs = core::is_live(pot.state) && has && machine_.lives.contains({id, pot_run(id)});
        judge_.expect(!runs || networks_.connected.contains({id, pot_run(id)}), "I4",
                      [&name = pot.spec.name] { return name + " runs and is not connected"; });
    }
}

std::uint32_t World::pot_run(const core::PotId& id) const {
    const core::Run* const last = store_.last_run(id);
    return last == nullptr ? 0 : last->number;
}

}  // namespace potd::sim
