#include "daemon/platform/linux/interface_plan.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

namespace potd::platform {
namespace {

using Family = core::IpAddress::Family;

core::Error conflict(const std::string& field, const std::string& what) {
    core::Error error = core::error(core::ErrorKind::Conflict, field + ": " + what);
    error.field = field;
    return error;
}

/// FNV-1a over pot and interface; the bits that say "locally administered, one station" are set.
std::array<std::uint8_t, 6> hardware_address(const core::PotId& pot, const std::string& interface) {
    std::uint64_t hash = 0xcbf29ce484222325U;
    for (const char c : pot.text + "|" + interface) {
        hash ^= static_cast<unsigned char>(c);
        hash *= 0x100000001b3U;
    }
    std::array<std::uint8_t, 6> address{};
    for (std::size_t i = 0; i < address.size(); ++i) address[i] = static_cast<std::uint8_t>(hash >> (8 * i));
    address[0] = static_cast<std::uint8_t>((address[0] & 0xfcU) | 2U);
    return address;
}

bool is_link_local(const core::IpAddress& address) {
    return address.family == Family::V6 && address.bytes[0] == 0xfe && (address.bytes[1] & 0xc0U) == 0x80;
}

/// The longest prefix by which the host's interface is in the network of the address.
int prefix_of(const core::InterfaceAddress& wanted, const HostInterface& parent) {
    if (wanted.prefix) return *wanted.prefix;
    int longest = 0;
    for (const core::InterfaceAddress& own : parent.addresses) {
        const int prefix = own.prefix.value_or(0);
        if (prefix > longest && core::same_network(own.address, wanted.address, prefix)) longest = prefix;
    }
    return longest > 0 ? longest : wanted.address.bits();
}

/// Of each family the first gateway that is a neighbour of one of the pot's addresses.
void add_gateways(PlanInterface& planned, const HostInterface& parent, std::array<bool, 2>& has_gateway) {
    for (const core::IpAddress& gateway : parent.gateways) {
        bool& done = has_gateway[gateway.family == Family::V4 ? 0 : 1];
        const bool near =
            std::any_of(planned.addresses.begin(), planned.addresses.end(), [&](const auto& own) {
                return own.address.family == gateway.family &&
                       (is_link_local(gateway) || core::same_network(own.address, gateway, *own.prefix));
            });
        if (done || !near) continue;
        planned.gateways.push_back(gateway);
        done = true;
    }
}

const HostInterface* find_interface(const HostNetwork& host, const std::string& name) {
    const auto found = std::find_if(host.interfaces.begin(), host.interfaces.end(),
                                    [&](const HostInterface& one) { return one.name == name; });
    return found == host.interfaces.end() ? nullptr : &*found;
}

core::Status check_addresses(const core::NetworkSpec& network, const HostNetwork& host) {
    for (const core::PlacedAddress& wanted : core::addresses_of(network)) {
        for (const HostInterface& one : host.interfaces) {
            const bool taken = std::any_of(one.addresses.begin(), one.addresses.end(),
                                           [&](const auto& each) { return each.address == wanted.address; });
            if (!taken) continue;
            return conflict(wanted.field, "the host has " + core::to_string(wanted.address) +
                                              " already, on " + one.name +
                                              "; expected an address that is the pot's alone");
        }
    }
    return {};
}

}  // namespace

core::Result<std::vector<PlanInterface>> plan_interfaces(const core::NetworkSpec& network,
                                                         const core::PotId& pot, const HostNetwork& host) {
    std::vector<PlanInterface> planned;
    std::array<bool, 2> has_gateway{};
    for (std::size_t i = 0; i < network.interfaces.size(); ++i) {
        const core::PotInterface& wanted = network.interfaces[i];
        const std::string field = "network.interfaces[" + std::to_string(i) + "].interface";
        const HostInterface* const parent = find_interface(host, wanted.interface);
        if (parent == nullptr) return conflict(field, "the host has no interface '" + wanted.interface + "'");
        if (wanted.interface == "lo")
            return conflict(field,
                            "expected an interface with a link; the loopback interface has none to share");
        PlanInterface& one = planned.emplace_back();
        one.parent = parent->index;
        one.name = wanted.interface;
        one.hardware = hardware_address(pot, wanted.interface);
        for (const core::InterfaceAddress& address : wanted.addresses)
            one.addresses.push_back({address.address, prefix_of(address, *parent)});
        add_gateways(one, *parent, has_gateway);
    }
    if (core::Status free = check_addresses(network, host); !free) return std::move(free).error();
    return planned;
}

}  // namespace potd::platform
