#include "core/model/network_spec.hpp"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

namespace potd::core {
namespace {

constexpr std::size_t longest_interface = 15;  // IFNAMSIZ - 1 on Linux and FreeBSD
constexpr std::size_t most_interfaces = 16;
constexpr std::size_t most_addresses = 64;

std::string interface_field(std::size_t index) {
    return "network.interfaces[" + std::to_string(index) + "]";
}

std::string address_field(std::size_t interface, std::size_t index) {
    return interface_field(interface) + ".addresses[" + std::to_string(index) + "]";
}

Status check_interface_name(const std::string& name, const std::string& field) {
    const auto good = [](char c) { return c > ' ' && c < '\x7f' && c != '/' && c != '|'; };
    const bool fine = !name.empty() && name.size() <= longest_interface && name != "." && name != ".." &&
                      std::all_of(name.begin(), name.end(), good);
    if (fine) return {};
    return invalid_field(field + ".interface", name,
                         "the name of an interface of the host, like eth0 or em0");
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
        if (Status name = check_interface_name(one.interface, field); !name) return name;
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

}  // namespace

Status validate(const NetworkSpec& network) {
    if (network.type == NetworkType::Alias) return check_alias(network);
    if (network.interfaces.empty()) return {};
    return invalid_field("network.interfaces", network.interfaces.front().interface,
                         "none, as only the type alias has interfaces");
}

std::vector<PlacedAddress> addresses_of(const NetworkSpec& network) {
    std::vector<PlacedAddress> all;
    for (std::size_t i = 0; i < network.interfaces.size(); ++i) {
        const PotInterface& one = network.interfaces[i];
        for (std::size_t j = 0; j < one.addresses.size(); ++j)
            all.push_back({one.interface, one.addresses[j].address, address_field(i, j)});
    }
    std::stable_sort(all.begin(), all.end(), [](const PlacedAddress& left, const PlacedAddress& right) {
        return left.address.family < right.address.family;
    });
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
