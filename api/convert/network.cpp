#include "api/convert/network.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <utility>

namespace potd::api {
namespace {

using core::invalid_field;
using core::NetworkType;
using core::Result;
using core::Status;
using Family = core::IpAddress::Family;
using Wish = core::AddressWish;

constexpr std::array type_words{
    std::pair{NetworkType::Inherit, std::string_view("inherit")},
    std::pair{NetworkType::None, std::string_view("none")},
    std::pair{NetworkType::Alias, std::string_view("alias")},
    std::pair{NetworkType::PublicBridge, std::string_view("public-bridge")},
    std::pair{NetworkType::PrivateBridge, std::string_view("private-bridge")},
};

Result<NetworkType> type_of(const std::optional<std::string>& text) {
    if (!text) return NetworkType::Inherit;
    for (const auto& [type, word] : type_words) {
        if (word == *text) return type;
    }
    return invalid_field("network.type", *text, "inherit, none, alias, public-bridge or private-bridge");
}

std::string word_of(NetworkType type) {
    for (const auto& [known, word] : type_words) {
        if (known == type) return std::string(word);
    }
    return {};
}

std::string interface_field(std::size_t index) {
    return "network.interfaces[" + std::to_string(index) + "]";
}

/// Which families a pot shall have; unset: those that there are.
struct Stack {
    std::string word;
    [[nodiscard]] bool allows(Family family) const {
        return word.empty() || word == "dual" || word == (family == Family::V4 ? "ipv4" : "ipv6");
    }
};

Result<Stack> stack_of(const wire::NetworkSpec& network) {
    const std::string word = network.stack.value_or("");
    if (word.empty() || word == "ipv4" || word == "ipv6" || word == "dual") return Stack{word};
    return invalid_field("network.stack", word, "ipv4, ipv6 or dual");
}

// The types without bridges

/// What only pots on bridges have; the defaults of the contract say nothing and are let pass.
Status check_unbridged(const wire::NetworkSpec& network) {
    const std::string expected = "nothing, as only the types public-bridge and private-bridge have it";
    if (network.ipv4.value_or("auto") != "auto")
        return invalid_field("network.ipv4", *network.ipv4, expected);
    if (network.ipv6.value_or("auto") != "auto")
        return invalid_field("network.ipv6", *network.ipv6, expected);
    if (network.mac) return invalid_field("network.mac", *network.mac, expected);
    if (network.bridge) return invalid_field("network.bridge", *network.bridge, expected);
    return {};
}

Status check_host_interface(const wire::InterfaceSpec& from, const std::string& field) {
    const std::array extra{std::pair{&from.bridge, ".bridge"}, std::pair{&from.ipv4, ".ipv4"},
                           std::pair{&from.ipv6, ".ipv6"}, std::pair{&from.mac, ".mac"}};
    for (const auto& [value, name] : extra) {
        if (*value) return invalid_field(field + name, **value, "nothing, as the type has no bridges");
    }
    if (from.interface) return {};
    return invalid_field(field + ".interface", "", "the name of an interface of the host");
}

Status take_host_interfaces(const wire::NetworkSpec& from, const Stack& stack, core::NetworkSpec& to) {
    for (std::size_t i = 0; i < from.interfaces.size(); ++i) {
        const wire::InterfaceSpec& one = from.interfaces[i];
        const std::string field = interface_field(i);
        if (Status able = check_host_interface(one, field); !able) return able;
        core::PotInterface& interface = to.interfaces.emplace_back();
        interface.interface = *one.interface;
        const auto addresses = one.addresses.value_or(std::vector<std::string>());
        for (std::size_t j = 0; j < addresses.size(); ++j) {
            const std::string place = field + ".addresses[" + std::to_string(j) + "]";
            auto address = core::parse_interface_address(addresses[j], place);
            if (!address) return std::move(address).error();
            if (!stack.allows(address->address.family))
                return invalid_field(place, addresses[j],
                                     "none of this family, as the stack is " + stack.word);
            interface.addresses.push_back(*address);
        }
    }
    return {};
}

Status take_unbridged(const wire::NetworkSpec& from, const Stack& stack, core::NetworkSpec& to) {
    if (Status able = check_unbridged(from); !able) return able;
    if (to.type != NetworkType::Alias && !stack.word.empty() && stack.word != "dual")
        return invalid_field("network.stack", stack.word, "dual, as the type is " + word_of(to.type));
    return take_host_interfaces(from, stack, to);
}

// Those with them

/// Of a word that is neither auto nor none.
Result<Wish> wish_by_name(const std::string& text, Family family, const Stack& stack,
                          const std::string& field) {
    Wish wish{Wish::Kind::Slaac, {}};
    if (text != "slaac" || family != Family::V6) {
        const auto address = core::parse_ip_address(text);
        if (!address || address->family != family)
            return invalid_field(field, text,
                                 family == Family::V4 ? "auto, none or an IPv4 address"
                                                      : "auto, none, slaac or an IPv6 address");
        wish = {Wish::Kind::Given, *address};
    }
    if (!stack.allows(family)) return invalid_field(field, text, "none, as the stack is " + stack.word);
    return wish;
}

Result<Wish> wish_of(const std::optional<std::string>& text, Family family, const Stack& stack,
                     const std::string& field) {
    if (text && *text != "auto" && *text != "none") return wish_by_name(*text, family, stack, field);
    if (!stack.allows(family)) return Wish{Wish::Kind::None, {}};
    if (text && *text == "none" && !stack.word.empty())
        return invalid_field(field, *text, "auto or an address, as the stack is " + stack.word);
    if (text && *text == "none") return Wish{Wish::Kind::None, {}};
    return Wish{text || stack.word == "dual" ? Wish::Kind::Auto : Wish::Kind::Any, {}};
}

struct BridgeWords {
    std::string bridge;
    const std::optional<std::string>&ipv4, &ipv6, &mac;
};

Result<core::BridgeInterface> bridge_interface(const BridgeWords& from, const Stack& stack,
                                               const std::string& field) {
    core::BridgeInterface to;
    to.bridge = from.bridge;
    auto ipv4 = wish_of(from.ipv4, Family::V4, stack, field + ".ipv4");
    if (!ipv4) return std::move(ipv4).error();
    auto ipv6 = wish_of(from.ipv6, Family::V6, stack, field + ".ipv6");
    if (!ipv6) return std::move(ipv6).error();
    to.ipv4 = *ipv4;
    to.ipv6 = *ipv6;
    if (!from.mac) return to;
    auto hardware = core::parse_hardware_address(*from.mac, field + ".mac");
    if (!hardware) return std::move(hardware).error();
    to.hardware = *hardware;
    return to;
}

Status check_further_interface(const wire::InterfaceSpec& from, const std::string& field, NetworkType type) {
    const std::string expected = "nothing, as the type is " + word_of(type);
    if (from.interface) return invalid_field(field + ".interface", *from.interface, expected);
    if (from.addresses) return invalid_field(field + ".addresses", "a list", expected);
    if (from.bridge) return {};
    return invalid_field(field + ".bridge", "", "the name of a bridge");
}

Status take_bridged(const wire::NetworkSpec& from, const Stack& stack, core::NetworkSpec& to) {
    const bool is_public = to.type == NetworkType::PublicBridge;
    if (!is_public && !from.bridge)
        return invalid_field("network.bridge", "", "the name of a bridge, as the type is private-bridge");
    const std::string bridge = from.bridge.value_or(std::string(core::public_bridge));
    auto first = bridge_interface({bridge, from.ipv4, from.ipv6, from.mac}, stack, "network");
    if (!first) return std::move(first).error();
    to.bridges.push_back(*std::move(first));
    for (std::size_t i = 0; i < from.interfaces.size(); ++i) {
        const wire::InterfaceSpec& one = from.interfaces[i];
        const std::string field = interface_field(i);
        if (Status able = check_further_interface(one, field, to.type); !able) return able;
        auto next = bridge_interface({*one.bridge, one.ipv4, one.ipv6, one.mac}, stack, field);
        if (!next) return std::move(next).error();
        to.bridges.push_back(*std::move(next));
    }
    return {};
}

// What is moved into the pot

Status take_device(const wire::DeviceSpec& from, const std::string& field, core::MovedInterface& to) {
    to.interface = from.interface;
    to.name = from.name.value_or("");
    for (std::size_t i = 0; i < from.addresses.size(); ++i) {
        auto address =
            core::parse_interface_address(from.addresses[i], field + ".addresses[" + std::to_string(i) + "]");
        if (!address) return std::move(address).error();
        to.addresses.push_back(*address);
    }
    for (std::size_t i = 0; i < from.gateways.size(); ++i) {
        const auto gateway = core::parse_ip_address(from.gateways[i]);
        if (!gateway)
            return invalid_field(field + ".gateways[" + std::to_string(i) + "]", from.gateways[i],
                                 "an IPv4 or IPv6 address");
        to.gateways.push_back(*gateway);
    }
    return {};
}

Status take_devices(const wire::NetworkSpec& from, core::NetworkSpec& to) {
    for (std::size_t i = 0; i < from.devices.size(); ++i) {
        const std::string field = "network.devices[" + std::to_string(i) + "]";
        if (Status taken = take_device(from.devices[i], field, to.devices.emplace_back()); !taken)
            return taken;
    }
    return {};
}

// Back

wire::DeviceSpec device_to_wire(const core::MovedInterface& one) {
    wire::DeviceSpec to;
    to.interface = one.interface;
    if (!one.name.empty()) to.name = one.name;
    for (const core::InterfaceAddress& address : one.addresses)
        to.addresses.push_back(core::to_string(address));
    for (const core::IpAddress& gateway : one.gateways) to.gateways.push_back(core::to_string(gateway));
    return to;
}

std::optional<std::string> text_of(const Wish& wish) {
    switch (wish.kind) {
        case Wish::Kind::Any: return std::nullopt;
        case Wish::Kind::Auto: return "auto";
        case Wish::Kind::Given: return core::to_string(wish.address);
        case Wish::Kind::None: return "none";
        case Wish::Kind::Slaac: return "slaac";
    }
    return std::nullopt;
}

bool none_has(const core::NetworkSpec& network, Wish core::BridgeInterface::*family) {
    return std::all_of(network.bridges.begin(), network.bridges.end(), [&](const core::BridgeInterface& one) {
        return (one.*family).kind == Wish::Kind::None;
    });
}

wire::InterfaceSpec interface_to_wire(const core::BridgeInterface& one, const Stack& stack) {
    wire::InterfaceSpec to;
    to.bridge = one.bridge;
    if (stack.allows(Family::V4)) to.ipv4 = text_of(one.ipv4);
    if (stack.allows(Family::V6)) to.ipv6 = text_of(one.ipv6);
    if (one.hardware) to.mac = core::to_string(*one.hardware);
    return to;
}

void bridges_to_wire(const core::NetworkSpec& network, wire::NetworkSpec& out) {
    if (network.bridges.empty()) return;
    // A word for all of them, so that a change of it is one.
    Stack stack;
    if (none_has(network, &core::BridgeInterface::ipv6)) stack.word = "ipv4";
    if (none_has(network, &core::BridgeInterface::ipv4)) stack.word = "ipv6";
    if (!stack.word.empty()) out.stack = stack.word;
    wire::InterfaceSpec first = interface_to_wire(network.bridges.front(), stack);
    // The public one goes without saying; said, it would stand in the way of a change of the type.
    if (network.type != NetworkType::PublicBridge) out.bridge = std::move(first.bridge);
    out.ipv4 = std::move(first.ipv4);
    out.ipv6 = std::move(first.ipv6);
    out.mac = std::move(first.mac);
    for (std::size_t i = 1; i < network.bridges.size(); ++i)
        out.interfaces.push_back(interface_to_wire(network.bridges[i], stack));
}

/// "auto", "none" or a network.
Status take_family(const std::optional<std::string>& text, std::string_view field,
                   std::optional<core::IpNetwork>& network, bool& without) {
    if (!text || *text == "auto") return {};
    without = *text == "none";
    if (without) return {};
    auto parsed = core::parse_ip_network(*text, field);
    if (!parsed) return std::move(parsed).error();
    network = *parsed;
    return {};
}

}  // namespace

Result<core::NetworkSpec> to_core(const wire::NetworkSpec& network) {
    const auto type = type_of(network.type);
    if (!type) return type.error();
    const auto stack = stack_of(network);
    if (!stack) return stack.error();
    core::NetworkSpec result;
    result.type = *type;
    Status taken = core::is_bridged(result) ? take_bridged(network, *stack, result)
                                            : take_unbridged(network, *stack, result);
    if (taken) taken = take_devices(network, result);
    if (!taken) return std::move(taken).error();
    return result;
}

wire::NetworkSpec to_wire(const core::NetworkSpec& network) {
    wire::NetworkSpec out;
    out.type = word_of(network.type);
    for (const core::PotInterface& one : network.interfaces) {
        wire::InterfaceSpec& to = out.interfaces.emplace_back();
        to.interface = one.interface;
        to.addresses.emplace();
        for (const core::InterfaceAddress& address : one.addresses)
            to.addresses->push_back(core::to_string(address));
    }
    bridges_to_wire(network, out);
    for (const core::MovedInterface& one : network.devices) out.devices.push_back(device_to_wire(one));
    return out;
}

Result<core::PublishedPort> to_core(const wire::PortSpec& port, std::string_view field) {
    if (!port.text.empty()) return core::parse_published_port(port.text, field);
    const auto place = [&](std::string_view member) {
        return std::string(field) + "." + std::string(member);
    };
    core::PublishedPort result;
    if (port.protocol) {
        const auto protocol = core::port_protocol_from(*port.protocol);
        if (!protocol) return invalid_field(place("protocol"), *port.protocol, "tcp, udp or sctp");
        result.protocol = *protocol;
    }
    if (!port.container) return invalid_field(place("container"), "", "a port from 1 to 65535");
    result.container = *port.container;
    result.count = port.count.value_or(1);
    if (result.count < 1)
        return invalid_field(place("count"), std::to_string(result.count), "a number from 1 to 1024");
    result.host = port.host;
    if (!port.address) return result;
    result.address = core::parse_ip_address(*port.address);
    if (!result.address)
        return invalid_field(place("address"), *port.address, "an IPv4 or IPv6 address of the host");
    return result;
}

wire::PortSpec to_wire(const core::PublishedPort& port) {
    wire::PortSpec out;
    out.protocol = core::to_string(port.protocol);
    out.container = port.container;
    out.host = port.host;
    out.count = port.count;
    if (port.address) out.address = core::to_string(*port.address);
    return out;
}

std::vector<wire::PotAddress> addresses_to_wire(const core::Pot& pot,
                                                const core::BridgeService::Advertised& advertised) {
    std::vector<wire::PotAddress> all;
    for (const core::PlacedAddress& one : core::addresses_of(pot.spec.network))
        all.push_back({one.interface, std::nullopt, core::to_string(one.address)});
    for (const Family family : {Family::V4, Family::V6}) {
        for (std::size_t i = 0; i < pot.spec.network.bridges.size(); ++i) {
            for (const core::Leases::Address& one : pot.leases.addresses) {
                if (one.bridge == pot.spec.network.bridges[i].bridge && one.address.family == family)
                    all.push_back({"eth" + std::to_string(i), one.bridge, core::to_string(one.address)});
            }
        }
    }
    for (const core::PlacedAddress& one : core::addresses_of_devices(pot.spec.network))
        all.push_back({one.interface, std::nullopt, core::to_string(one.address)});
    for (std::size_t i = 0; i < pot.spec.network.bridges.size(); ++i) {
        const std::string& bridge = pot.spec.network.bridges[i].bridge;
        const auto found = advertised.find(bridge);
        if (found == advertised.end()) continue;
        wire::PotAddress& to = all.emplace_back();
        to.interface = "eth" + std::to_string(i);
        to.bridge = bridge;
        if (found->second) to.address = core::to_string(*found->second);
    }
    const auto is_ipv6 = [](const wire::PotAddress& one) {
        return !one.address || one.address->find(':') != std::string::npos;
    };
    std::stable_sort(all.begin(), all.end(),
                     [&](const wire::PotAddress& left, const wire::PotAddress& right) {
                         return !is_ipv6(left) && is_ipv6(right);
                     });
    return all;
}

std::vector<wire::PotPort> ports_to_wire(const core::Pot& pot) {
    std::vector<wire::PotPort> all;
    for (std::size_t i = 0; i < pot.spec.ports.size() && i < pot.leases.host_ports.size(); ++i) {
        const core::PublishedPort& port = pot.spec.ports[i];
        wire::PotPort& to = all.emplace_back();
        to.protocol = core::to_string(port.protocol);
        to.container = port.container;
        to.host = pot.leases.host_ports[i];
        to.count = port.count;
        if (port.address) to.address = core::to_string(*port.address);
    }
    return all;
}

Result<core::BridgeRequest> to_core(const wire::NetworkRequest& request) {
    core::BridgeRequest result;
    result.name = request.name;
    if (request.hosts && *request.hosts < 0)
        return invalid_field("hosts", std::to_string(*request.hosts), "a number from 2 on");
    if (request.hosts) result.hosts = static_cast<std::uint64_t>(*request.hosts);
    if (Status ipv4 = take_family(request.ipv4, "ipv4", result.ipv4, result.without_ipv4); !ipv4)
        return std::move(ipv4).error();
    if (Status ipv6 = take_family(request.ipv6, "ipv6", result.ipv6, result.without_ipv6); !ipv6)
        return std::move(ipv6).error();
    if (result.hosts && result.without_ipv4)
        return invalid_field("hosts", std::to_string(*request.hosts), "nothing, as ipv4 is none");
    result.isolated = request.isolated.value_or(false);
    if (request.uplink && request.uplink->empty())
        return invalid_field("uplink", "", "the name of an interface of the host, like eth0 or em0");
    result.uplink = request.uplink.value_or("");
    result.routed = request.routed.value_or(false);
    return result;
}

}  // namespace potd::api
