#include "core/service/address_book.hpp"

#include <algorithm>
#include <cstddef>
#include <string>

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

Error refused_link(const std::string& field, const std::string& what) {
    Error error = core::error(ErrorKind::Conflict, field + ": " + what);
    error.field = field;
    return error;
}

bool moves(const NetworkSpec& network, const std::string& interface) {
    return std::any_of(network.devices.begin(), network.devices.end(),
                       [&](const MovedInterface& one) { return one.interface == interface; });
}

bool shares(const NetworkSpec& network, const std::string& interface) {
    return std::any_of(network.interfaces.begin(), network.interfaces.end(),
                       [&](const PotInterface& one) { return one.interface == interface; });
}

Error is_moved(const std::string& field, const std::string& interface, const std::string& owner) {
    return refused_link(field, interface + " is moved into pot " + owner);
}

Error is_shared(const std::string& field, const std::string& interface, const std::string& owner) {
    return refused_link(field, "pot " + owner + " has addresses on " + interface);
}

/// An interface that is in a pot is on no host, and so none that others have addresses on.
Status check_links(const NetworkSpec& wanted, const NetworkSpec& other, const std::string& owner) {
    for (std::size_t i = 0; i < wanted.devices.size(); ++i) {
        const std::string& interface = wanted.devices[i].interface;
        const std::string field = "network.devices[" + std::to_string(i) + "].interface";
        if (moves(other, interface)) return is_moved(field, interface, owner);
        if (shares(other, interface)) return is_shared(field, interface, owner);
    }
    for (std::size_t i = 0; i < wanted.interfaces.size(); ++i) {
        const std::string& interface = wanted.interfaces[i].interface;
        const std::string field = "network.interfaces[" + std::to_string(i) + "].interface";
        if (moves(other, interface)) return is_moved(field, interface, owner);
    }
    return {};
}

Status check_against(const NetworkSpec& network, const NetworkSpec& other, const std::string& owner) {
    for (const PlacedAddress& one : addresses_of(network)) {
        if (has(other, one.address)) return taken(one, owner);
    }
    return check_links(network, other, owner);
}

}  // namespace

Status AddressBook::check(const NetworkSpec& network, const PotId& own) const {
    if (network.interfaces.empty() && network.devices.empty()) return {};
    for (const PotPtr& pot : pots_()) {
        if (pot->id == own) continue;
        if (Status free = check_against(network, pot->spec.network, pot->spec.name); !free) return free;
    }
    for (const auto& [hold, held] : held_) {
        if (held.pot == own) continue;
        if (Status free = check_against(network, held.network, held.name); !free) return free;
    }
    return {};
}

AddressBook::Hold AddressBook::hold(const Pot& pot, const NetworkSpec& network) {
    held_[next_] = {pot.id, pot.spec.name, network};
    return next_++;
}

}  // namespace potd::core
