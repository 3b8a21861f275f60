#include "daemon/platform/linux/interface_plan.hpp"

#include "core/model/hardware_address.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include <net/if.h>

namespace potd::platform {
namespace {

using Family = core::IpAddress::Family;

core::Error conflict(const std::string& field, const std::string& what) {
    core::Error error = core::error(core::ErrorKind::Conflict, field + ": " + what);
    error.field = field;
    return error;
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

void add_side(PlanInterface& planned, const std::optional<core::IpAddress>& address,
              const std::optional<core::BridgeNetwork>& side, bool& has_gateway) {
    if (!address || !side) return;
    planned.addresses.push_back({*address, side->network.prefix});
    if (!std::exchange(has_gateway, true)) planned.gateways.push_back(side->gateway);
}

}  // namespace

core::Result<std::vector<PlanInterface>> plan_cables(const std::vector<core::Connection>& connections,
                                                     const core::RunKey& run, const KernelBridges& bridges) {
    std::vector<PlanInterface> planned;
    bool has_ipv4 = false, has_ipv6 = false;
    for (const core::Connection& wanted : connections) {
        const std::string link = bridges.link_of(wanted.bridge.name);
        PlanInterface& one = planned.emplace_back();
        one.parent = ::if_nametoindex(link.c_str());
        if (one.parent == 0)
            return core::error(core::ErrorKind::Internal, "the host's interface " + link + " is gone");
        one.host_end = bridges.cable_of(run, wanted.bridge.name);
        one.isolated = wanted.bridge.isolated;
        one.name = "eth" + std::to_string(planned.size() - 1);
        one.hardware = wanted.hardware;
        add_side(one, wanted.ipv4, wanted.bridge.ipv4, has_ipv4);
        add_side(one, wanted.ipv6, wanted.bridge.ipv6, has_ipv6);
        if (wanted.bridge.uplink.empty()) continue;
        one.routers = std::exchange(has_ipv6, true) ? PlanInterface::Routers::Addresses
                                                    : PlanInterface::Routers::DefaultRoute;
    }
    return planned;
}

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
        one.hardware = core::made_hardware_address(pot.text + "|" + wanted.interface);
        for (const core::InterfaceAddress& address : wanted.addresses)
            one.addresses.push_back({address.address, prefix_of(address, *parent)});
        add_gateways(one, *parent, has_gateway);
    }
    if (core::Status free = check_addresses(network, host); !free) return std::move(free).error();
    return planned;
}

}  // namespace potd::platform
