#include "daemon/platform/freebsd/jail_networks.hpp"

#include "daemon/platform/freebsd/host_links.hpp"
#include "daemon/platform/freebsd/host_probe.hpp"
#include "daemon/platform/freebsd/interface_addresses.hpp"
#include "daemon/platform/freebsd/jail_socket.hpp"
#include "daemon/platform/freebsd/port_owner.hpp"
#include "daemon/platform/freebsd/pure/network_names.hpp"
#include "daemon/platform/posix/link_names.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <utility>

#include <sys/socket.h>

namespace potd::platform {
namespace {

using Family = core::IpAddress::Family;

PfMember member_of(const std::string& link, const core::Connection& connection) {
    PfMember member{link, connection.hardware, {}, !connection.bridge.uplink.empty()};
    for (const auto& address : {connection.ipv4, connection.ipv6}) {
        if (address) member.addresses.push_back(*address);
    }
    return member;
}

}  // namespace

JailNetworks::JailNetworks(JailNetworkOptions options)
    : BridgedNetworks(options.set_forwarding, std::move(options.problem)),
      instance_(std::move(options.instance)),
      bridges_(instance_),
      pf_(anchor_name(instance_)) {}

core::Status JailNetworks::check() const {
    if (!has_network_stacks())
        return core::error(core::ErrorKind::Unsupported, "this kernel has no VIMAGE, which bridges need");
    // It is asked with every pot that is made.
    constexpr std::chrono::seconds trust{5};
    const auto now = std::chrono::steady_clock::now();
    if (usable_ && now - *usable_ < trust) return {};
    core::Status usable = pf_.check();
    usable_ = usable ? std::optional(now) : std::nullopt;
    return usable;
}

core::Status JailNetworks::check_ipv6() const {
    const UniqueFd socket(::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (socket || (errno != EAFNOSUPPORT && errno != EPROTONOSUPPORT)) return {};
    return core::error(core::ErrorKind::Unsupported, "this kernel has no IPv6");
}

core::Result<std::vector<core::TakenNetwork>> JailNetworks::taken() const {
    const auto present = read_host_links();
    auto routes = read_host_routes();
    if (!present || !routes) return present ? std::move(routes).error() : present.error();
    std::vector<core::TakenNetwork> all;
    for (const HostInterface& link : *present) {
        const std::string owner = "the host's " + link.name;
        if (bridges_.owns(link)) {
            std::erase_if(*routes, [&](const core::HostRoute& one) { return one.interface == link.name; });
            // Its own addresses are reached by the loopback interface.
            std::erase_if(*routes, [&](const core::HostRoute& route) {
                return std::any_of(link.addresses.begin(), link.addresses.end(), [&](const auto& one) {
                    return route.network == core::network_of(one.address, one.address.bits());
                });
            });
            continue;
        }
        for (const core::InterfaceAddress& one : link.addresses)
            all.push_back({core::network_of(one.address, one.prefix.value_or(one.address.bits())), owner});
    }
    for (const core::HostRoute& route : *routes)
        all.push_back({route.network, "the host's " + route.interface});
    return all;
}

core::Status JailNetworks::check_uplink(const std::string& uplink) const {
    const auto usable = bridges_.find_uplink(uplink);
    return usable ? core::Status() : core::Status(usable.error());
}

core::Networks::Advertised JailNetworks::advertised(const core::RunKey& run,
                                                    const core::ProcessIdentity& inside) const {
    Advertised all;
    const auto found = connected_.find(run);
    if (found == connected_.end()) return all;
    const auto socket = datagram_socket_in(inside, AF_INET6);
    if (!socket) return all;
    const auto& interfaces = found->second.interfaces;
    for (std::size_t i = 0; i < interfaces.size(); ++i) {
        if (interfaces[i].bridge.uplink.empty()) continue;
        const auto address = advertised_address(socket->get(), pot_link(run.pot, i), interfaces[i].hardware);
        if (address) all.emplace(interfaces[i].bridge.name, *address);
    }
    return all;
}

// Bridges

bool JailNetworks::is_there(const core::Bridge& bridge) const {
    const auto found = raised_.find(bridge.name);
    return found != raised_.end() && found->second.bridge == bridge && bridges_.is_whole(bridge);
}

core::Status JailNetworks::make_link(const core::Bridge& bridge) {
    // potmon makes cables and loads nothing.
    if (core::Status loaded = load_module("if_epair"); !loaded)
        return std::move(loaded).in("bridge " + bridge.name);
    const auto known = raised_.find(bridge.name);
    const auto uplink = known == raised_.end() ? std::nullopt : known->second.uplink;
    if (core::Status made = bridges_.ensure(bridge, uplink ? std::optional(uplink->was_up) : std::nullopt);
        !made)
        return made;
    raised_[bridge.name] = {bridge, bridge.uplink.empty() ? std::nullopt : bridges_.uplink_of(bridge.name)};
    return {};
}

// Rules

core::Result<std::vector<PfUplink>> JailNetworks::uplinks() const {
    const auto present = read_host_links();
    if (!present) return present.error();
    std::vector<PfUplink> all;
    for (const HostInterface& link : *present) {
        if (link.loopback || bridges_.owns(link)) continue;
        PfUplink uplink{link.name};
        for (const core::InterfaceAddress& one : link.addresses)
            (one.address.family == Family::V4 ? uplink.ipv4 : uplink.ipv6) = true;
        if (uplink.ipv4 || uplink.ipv6) all.push_back(std::move(uplink));
    }
    return all;
}

core::Status JailNetworks::put_all() {
    PfRules rules;
    rules.instance = instance_;
    auto ways_out = uplinks();
    if (!ways_out) return std::move(ways_out).error();
    rules.uplinks = *std::move(ways_out);
    for (const auto& [name, one] : raised_)
        rules.bridges.push_back({bridges_.link_of(name), one.bridge.ipv4, one.bridge.ipv6,
                                 one.bridge.isolated, !one.bridge.uplink.empty(), one.bridge.routed});
    for (const auto& [run, connections] : connected_) {
        for (const core::Connection& one : connections.interfaces)
            rules.members.push_back(member_of(cable_link(instance_, run, one.bridge.name), one));
        const auto ports = single_ports<PfPort>(connections.ports);
        rules.ports.insert(rules.ports.end(), ports.begin(), ports.end());
    }
    return pf_.load(pf_rules(rules));
}

// Runs

core::Status JailNetworks::connect(const core::RunKey& run, const core::Connections& connections) {
    // Without the lines in the host's rules nothing would keep pots apart.
    if (core::Status able = check(); !able) return able;
    if (core::Status free = check_free(connections.ports); !free) return free;
    if (core::Status made = make_bridges_of(connections); !made) return made;
    connected_[run] = connections;
    core::Status done = put_all();
    if (!done) connected_.erase(run);
    return std::move(done).in("firewall");
}

core::Status JailNetworks::check_protocol(core::PublishedPort::Protocol protocol) const {
    if (protocol != core::PublishedPort::Protocol::Sctp) return {};
    if (!sctp_) sctp_ = pf_.knows_sctp();
    if (*sctp_) return {};
    return core::error(core::ErrorKind::Unsupported, "this system's pf knows no ports of SCTP");
}

core::Status JailNetworks::check_rates() const {
    return core::error(
        core::ErrorKind::Unsupported,
        "pf limits rates by ALTQ alone, which epair(4), by which pots hang on bridges, has not");
}

core::Status JailNetworks::check_free(const std::vector<core::PortForward>& ports) const {
    for (std::size_t i = 0; i < ports.size(); ++i) {
        core::Status known = check_protocol(ports[i].protocol);
        if (known) continue;
        const std::string field = "ports[" + std::to_string(i) + "].protocol";
        core::Error refused = std::move(known).error().in(field);
        refused.field = field;
        return refused;
    }
    return check_ports_are_free(ports);
}

core::Status JailNetworks::change_ports(const core::RunKey& run,
                                        const std::vector<core::PortForward>& ports) {
    const auto found = connected_.find(run);
    if (found == connected_.end()) return core::error(core::ErrorKind::NotFound, "the run is not connected");
    auto before = std::exchange(found->second.ports, ports);
    core::Status done = put_all();
    if (!done) found->second.ports = std::move(before);
    return std::move(done).in("firewall");
}

core::Status JailNetworks::disconnect(const core::RunKey& run) {
    const auto found = connected_.find(run);
    if (found == connected_.end()) return {};
    // Gone also if that fails: each load is of all that is left.
    connected_.erase(found);
    return put_all().in("firewall");
}

std::optional<std::vector<std::string>> JailNetworks::cables_of(const core::RunKey& run) const {
    const auto found = connected_.find(run);
    if (found == connected_.end()) return std::nullopt;
    std::vector<std::string> cables;
    for (const core::Connection& one : found->second.interfaces)
        cables.push_back(cable_link(instance_, run, one.bridge.name));
    return cables;
}

// At start-up

void JailNetworks::forget_all() {
    raised_.clear();
    connected_.clear();
}

core::Status JailNetworks::take_over(const core::RunKey& run, const core::Connections& connections) {
    if (!connections.interfaces.empty()) connected_[run] = connections;
    return {};
}

}  // namespace potd::platform
