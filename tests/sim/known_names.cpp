#include "tests/sim/known_names.hpp"

#include <string>

namespace potd::sim {
namespace {

/// What its /etc/hosts says; null if it does not run.
const std::string* hosts_of(const core::Pot& pot, const SimMachine& machine) {
    const bool up = pot.state == core::PotState::Running || pot.state == core::PotState::Paused;
    const auto life = up ? machine.lives.find({pot.id, pot.run->number}) : machine.lives.end();
    return life == machine.lives.end() ? nullptr : &life->second.names.hosts.text;
}

}  // namespace

void check_known_names(const std::vector<core::PotPtr>& pots, const SimMachine& machine, Judge& judge) {
    for (const core::PotPtr& reader : pots) {
        const std::string* const hosts = hosts_of(*reader, machine);
        if (hosts == nullptr || reader->spec.network.bridges.empty()) continue;
        for (const core::PotPtr& other : pots) {
            const bool runs = hosts_of(*other, machine) != nullptr;
            for (const core::Leases::Address& lease : other->leases.addresses) {
                bool shared = false;
                for (const auto& one : reader->spec.network.bridges)
                    shared = shared || one.bridge == lease.bridge;
                const std::string line = core::to_string(lease.address) + "\t" + other->spec.name + "\n";
                const bool known = hosts->find("\n" + line) != std::string::npos;
                judge.expect(known == (runs && shared), "names", [&] {
                    return reader->spec.name + (known ? " still knows " : " does not know ") + line;
                });
            }
        }
    }
}

}  // namespace potd::sim
