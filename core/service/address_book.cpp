#include "core/service/address_book.hpp"

#include <algorithm>

namespace potd::core {
namespace {

bool has(const NetworkSpec& network, const IpAddress& address) {
    for (const PotInterface& one : network.interfaces) {
        const bool here = std::any_of(one.addresses.begin(), one.addresses.end(),
                                      [&](const InterfaceAddress& each) { return each.address == address; });
        if (here) return true;
    }
    return false;
}

Error taken(const PlacedAddress& wanted, const std::string& owner) {
    Error error =
        core::error(ErrorKind::Conflict, wanted.field + ": " + to_string(wanted.address) +
                                             " is the address of pot " + owner + "; give it another one");
    error.field = wanted.field;
    return error;
}

}  // namespace

Status AddressBook::check(const NetworkSpec& network, const PotId& own) const {
    const auto wanted = addresses_of(network);
    if (wanted.empty()) return {};
    const auto clash = [&](const PotId& id, const NetworkSpec& other) {
        return id == own ? wanted.end()
                         : std::find_if(wanted.begin(), wanted.end(),
                                        [&](const PlacedAddress& one) { return has(other, one.address); });
    };
    for (const PotPtr& pot : pots_()) {
        if (const auto found = clash(pot->id, pot->spec.network); found != wanted.end())
            return taken(*found, pot->spec.name);
    }
    for (const auto& [hold, held] : held_) {
        if (const auto found = clash(held.pot, held.network); found != wanted.end())
            return taken(*found, held.name);
    }
    return {};
}

AddressBook::Hold AddressBook::hold(const Pot& pot, const NetworkSpec& network) {
    held_[next_] = {pot.id, pot.spec.name, network};
    return next_++;
}

}  // namespace potd::core
