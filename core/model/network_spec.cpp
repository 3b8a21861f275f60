#include "core/model/network_spec.hpp"

#include "core/model/bridge.hpp"
#include "core/model/names.hpp"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

namespace potd::core {
namespace {

constexpr std::size_t most_interfaces = 16;
constexpr std::size_t most_addresses = 64;

std::string interface_field(std::size_t index) {
    return "network.interfaces[" + std::to_string(index) + "]";
}

std::string address_field(std::size_t interface, std::size_t index) {
    return interface_field(interface) + ".addresses[" + std::to_string(index) + "]";
}

Status check_alias(const NetworkSpec& network) {
    if (network.interfaces.empty()) {
        return invalid_field("network.interfaces", "[]",
                             "at least one interface with an address, as the type is alias");
    }
    if (network.interfaces.size() > most_interfaces) {
        return invalid_field("network.interfaces", std::to_string(network.interfaces.size()) + " interfaces",
                             "at most 16");
    }
    std::set<std::string_view> names;
    std::set<IpAddress> addresses;
    for (std::size_t i = 0; i < network.interfaces.size(); ++i) {
        const PotInterface& one = network.interfaces[i];
        const std::string field = interface_field(i);
        if (Status name = check_interface_name(one.interface, field + ".interface"); !name) return name;
        if (!names.insert(one.interface).second)
            return invalid_field(field + ".interface", one.interface,
                                 "each interface once, with all its addresses");
        if (one.addresses.empty()) return invalid_field(field + ".addresses", "[]", "at least one address");
        for (std::size_t j = 0; j < one.addresses.size(); ++j) {
            const InterfaceAddress& address = one.addresses[j];
            if (!addresses.insert(address.address).second)
                return invalid_field(address_field(i, j), to_string(address), "each address once");
        }
    }
    if (addresses.size() <= most_addresses) return {};
    return invalid_field("network.interfaces", std::to_string(addresses.size()) + " addresses", "at most 64");
}

std::string bridge_field(std::size_t index) {
    return index == 0 ? "network" : interface_field(index - 1);
}

Status check_family(const AddressWish& wish, IpAddress::Family family, const std::string& field) {
    if (wish.kind == AddressWish::Kind::Slaac && family == IpAddress::Family::V4)
        return invalid_field(field, "slaac", "auto, none or an IPv4 address");
    if (wish.kind != AddressWish::Kind::Given || wish.address.family == family) return {};
    return invalid_field(
        field, to_string(wish.address),
        family == IpAddress::Family::V4 ? "auto, none or an IPv4 address" : "auto, none or an IPv6 address");
}

Status check_bridge_interface(const BridgeInterface& one, std::size_t index) {
    const std::string field = bridge_field(index);
    if (Status name = check_name(one.bridge); !name)
        return invalid_field(field + ".bridge", one.bridge, "the name of a bridge");
    if (Status ipv4 = check_family(one.ipv4, IpAddress::Family::V4, field + ".ipv4"); !ipv4) return ipv4;
    if (Status ipv6 = check_family(one.ipv6, IpAddress::Family::V6, field + ".ipv6"); !ipv6) return ipv6;
    if (one.ipv4.kind == AddressWish::Kind::None && one.ipv6.kind == AddressWish::Kind::None)
        return invalid_field(field + ".ipv6", "none", "an address of at least one family");
    return {};
}

Status check_bridges(const NetworkSpec& network) {
    if (network.bridges.empty())
        return invalid_field("network.bridge", "", "the name of a bridge, as the type is private-bridge");
    if (network.bridges.size() > most_interfaces)
        return invalid_field("network.interfaces", std::to_string(network.bridges.size()) + " bridges",
                             "at most 16");
    const bool is_public = network.type == NetworkType::PublicBridge;
    if ((network.bridges.front().bridge == public_bridge) != is_public)
        return invalid_field("network.bridge", network.bridges.front().bridge,
                             is_public ? "public, as the type is public-bridge"
                                       : "another one; pots of the type public-bridge are on the public one");
    std::set<std::string_view> names;
    for (std::size_t i = 0; i < network.bridges.size(); ++i) {
        const BridgeInterface& one = network.bridges[i];
        if (Status valid = check_bridge_interface(one, i); !valid) return valid;
        if (!names.insert(one.bridge).second)
            return invalid_field(bridge_field(i) + ".bridge", one.bridge, "each bridge once");
    }
    return {};
}

Status check_no_bridges(const NetworkSpec& network) {
    if (network.bridges.empty()) return {};
    return invalid_field("network.bridge", network.bridges.front().bridge,
                         "none, as only the types public-bridge and private-bridge have bridges");
}

void sort_by_family(std::vector<PlacedAddress>& all) {
    std::stable_sort(all.begin(), all.end(), [](const PlacedAddress& left, const PlacedAddress& right) {
        return left.address.family < right.address.family;
    });
}

}  // namespace

Status validate(const NetworkSpec& network) {
    if (Status devices = check_moved_interfaces(network); !devices) return devices;
    if (network.type == NetworkType::Alias) return check_alias(network);
    if (!network.interfaces.empty())
        return invalid_field("network.interfaces", network.interfaces.front().interface,
                             "none, as only the type alias has interfaces of the host");
    return is_bridged(network) ? check_bridges(network) : check_no_bridges(network);
}

bool is_bridged(const NetworkSpec& network) noexcept {
    return network.type == NetworkType::PublicBridge || network.type == NetworkType::PrivateBridge;
}

std::vector<PlacedAddress> addresses_of(const NetworkSpec& network) {
    std::vector<PlacedAddress> all;
    for (std::size_t i = 0; i < network.interfaces.size(); ++i) {
        const PotInterface& one = network.interfaces[i];
        for (std::size_t j = 0; j < one.addresses.size(); ++j)
            all.push_back({one.interface, one.addresses[j].address, address_field(i, j)});
    }
    sort_by_family(all);
    return all;
}

std::vector<PlacedAddress> addresses_of_devices(const NetworkSpec& network) {
    std::vector<PlacedAddress> all;
    for (std::size_t i = 0; i < network.devices.size(); ++i) {
        const MovedInterface& one = network.devices[i];
        const std::string field = "network.devices[" + std::to_string(i) + "].addresses[";
        for (std::size_t j = 0; j < one.addresses.size(); ++j)
            all.push_back({name_in_pot(one), one.addresses[j].address, field + std::to_string(j) + "]"});
    }
    sort_by_family(all);
    return all;
}

std::optional<PlacedAddress> given_up_address(const NetworkSpec& before, const NetworkSpec& after) {
    const auto kept = addresses_of(after);
    for (PlacedAddress& one : addresses_of(before)) {
        const bool still = std::any_of(kept.begin(), kept.end(), [&](const PlacedAddress& other) {
            return other.address == one.address && other.interface == one.interface;
        });
        if (!still) return std::move(one);
    }
    return std::nullopt;
}

bool has_address(const NetworkSpec& network, IpAddress::Family family) {
    const auto all = addresses_of(network);
    return std::any_of(all.begin(), all.end(),
                       [&](const PlacedAddress& one) { return one.address.family == family; });
}

}  // namespace potd::core
