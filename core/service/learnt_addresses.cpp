#include "core/service/learnt_addresses.hpp"

#include <algorithm>
#include <utility>

namespace potd::core {
namespace {

constexpr milliseconds first_pause{500}, longest_pause{60'000};

LearntAddresses::Addresses those_of(const LearntAddresses::Present& present) {
    LearntAddresses::Addresses all;
    for (const auto& [bridge, address] : present) {
        if (address) all.emplace(bridge, *address);
    }
    return all;
}

}  // namespace

void LearntAddresses::begin(const Pot& pot) {
    end(pot.id);
    const Present present = ports_.ask(pot);
    if (present.empty()) return;
    Known& known = known_[pot.id];
    known.addresses = those_of(present);
    known.pause = first_pause;
    look_again(pot.id, known);
}

void LearntAddresses::end(const PotId& pot) {
    const auto found = known_.find(pot);
    if (found == known_.end()) return;
    ports_.timers.cancel(found->second.timer);
    known_.erase(found);
}

const LearntAddresses::Addresses& LearntAddresses::of(const PotId& pot) const {
    static const Addresses none;
    const auto found = known_.find(pot);
    return found == known_.end() ? none : found->second.addresses;
}

void LearntAddresses::look_again(const PotId& pot, Known& known) {
    known.timer = ports_.timers.arm(ports_.clock.steady().plus(known.pause), [this, pot] { look(pot); });
    known.pause = std::min(known.pause * 2, longest_pause);
}

void LearntAddresses::look(const PotId& pot) {
    const PotPtr present = ports_.find(pot);
    if (!present) return end(pot);
    Known& known = known_.at(pot);
    look_again(pot, known);
    Addresses now = those_of(ports_.ask(*present));
    if (now == known.addresses) return;
    known.addresses = std::move(now);
    ports_.changed(*present);
}

}  // namespace potd::core
