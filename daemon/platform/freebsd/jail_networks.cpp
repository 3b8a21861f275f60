#include "daemon/platform/freebsd/jail_networks.hpp"

#include "daemon/platform/freebsd/forwarding.hpp"
#include "daemon/platform/freebsd/host_links.hpp"
#include "daemon/platform/freebsd/host_probe.hpp"
#include "daemon/platform/freebsd/interface_addresses.hpp"
#include "daemon/platform/freebsd/port_owner.hpp"
#include "daemon/platform/freebsd/pure/network_names.hpp"
#include "daemon/platform/posix/link_names.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace potd::platform {
namespace {

using Family = core::IpAddress::Family;

void add_ports_of(const core::PortForward& row, const std::optional<core::IpAddress>& target,
                  std::vector<PfPort>& all) {
    if (!target || (row.address && row.address->family != target->family)) return;
    for (int i = 0; i < row.count; ++i)
        all.push_back({std::string(core::to_string(row.protocol)), row.address,
                       static_cast<std::uint16_t>(row.host + i), *target,
                       static_cast<std::uint16_t>(row.container + i)});
}

PfMember member_of(const std::string& link, const core::Connection& connection) {
    PfMember member{link, connection.hardware, {}};
    for (const auto& address : {connection.ipv4, connection.ipv6}) {
        if (address) member.addresses.push_back(*address);
    }
    return member;
}

}  // namespace

JailNetworks::JailNetworks(JailNetworkOptions options)
    : options_(std::move(options)), bridges_(options_.instance), pf_(anchor_name(options_.instance)) {}

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

// Bridges

bool JailNetworks::is_there(const core::Bridge& bridge) const {
    const auto found = raised_.find(bridge.name);
    return found != raised_.end() && found->second == bridge &&
           interface_exists(bridges_.link_of(bridge.name));
}

core::Status JailNetworks::make_bridge(const core::Bridge& bridge) {
    if (options_.set_forwarding) {
        const core::Status on = switch_on_forwarding({bridge.ipv4.has_value(), bridge.ipv6.has_value()});
        if (!on) options_.problem("the host's forwarding: " + on.error().message);
    }
    // potmon makes cables and loads nothing.
    if (core::Status loaded = load_module("if_epair"); !loaded) return loaded;
    if (core::Status made = bridges_.ensure(bridge); !made) return made;
    say_if_nothing_is_forwarded(bridge);
    raised_[bridge.name] = bridge;
    return {};
}

void JailNetworks::say_if_nothing_is_forwarded(const core::Bridge& bridge) {
    const Forwarding now = read_forwarding();
    const bool lacks_ipv4 = bridge.ipv4 && !now.ipv4;
    const bool lacks = lacks_ipv4 || (bridge.ipv6 && !now.ipv6);
    if (!lacks || std::exchange(forwarding_was_told_, true)) return;
    options_.problem(
        "the host forwards no packets (" +
        std::string(lacks_ipv4 ? "net.inet.ip.forwarding" : "net.inet6.ip6.forwarding") +
        " is 0): pots on bridges reach the host alone, and published ports lead nowhere; set it, or "
        "let potd by network.forwarding");
}

core::Status JailNetworks::raise(const core::Bridge& bridge) {
    if (is_there(bridge)) return {};
    if (core::Status made = make_bridge(bridge); !made) return made;
    return put_all().in("network " + bridge.name);
}

core::Status JailNetworks::remove(const std::string& bridge) {
    if (core::Status gone = bridges_.remove(bridge); !gone) return gone;
    if (raised_.erase(bridge) == 0) return {};
    return put_all();
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
    rules.instance = options_.instance;
    auto ways_out = uplinks();
    if (!ways_out) return std::move(ways_out).error();
    rules.uplinks = *std::move(ways_out);
    for (const auto& [name, bridge] : raised_)
        rules.bridges.push_back({bridges_.link_of(name), bridge.ipv4, bridge.ipv6, bridge.isolated});
    for (const auto& [run, connections] : connected_) {
        for (const core::Connection& one : connections.interfaces)
            rules.members.push_back(member_of(cable_link(options_.instance, run, one.bridge.name), one));
        for (const core::PortForward& row : connections.ports) {
            add_ports_of(row, row.ipv4, rules.ports);
            add_ports_of(row, row.ipv6, rules.ports);
        }
    }
    return pf_.load(pf_rules(rules));
}

// Runs

core::Status JailNetworks::connect(const core::RunKey& run, const core::Connections& connections) {
    // Without the lines in the host's rules nothing would keep pots apart.
    if (core::Status able = check(); !able) return able;
    if (core::Status free = check_free(connections.ports); !free) return free;
    for (const core::Connection& one : connections.interfaces) {
        if (is_there(one.bridge)) continue;
        if (core::Status made = make_bridge(one.bridge); !made) return made;
    }
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
        cables.push_back(cable_link(options_.instance, run, one.bridge.name));
    return cables;
}

// At start-up

core::Status JailNetworks::remove_strangers(const std::vector<core::Bridge>& known) {
    const auto ours = bridges_.ours();
    if (!ours) return ours.error();
    core::Status done;
    for (const std::string& name : *ours) {
        const auto found = std::find_if(known.begin(), known.end(),
                                        [&](const core::Bridge& one) { return one.name == name; });
        core::Status one = found == known.end() ? bridges_.remove(name) : make_bridge(*found);
        if (!one && done) done = std::move(one);
    }
    return done;
}

core::Status JailNetworks::settle(const std::vector<core::Bridge>& bridges, const Live& live) {
    raised_.clear();
    connected_.clear();
    core::Status done = remove_strangers(bridges);
    for (const auto& [run, connections] : live) {
        for (const core::Connection& one : connections.interfaces) {
            if (is_there(one.bridge)) continue;
            if (core::Status made = make_bridge(one.bridge); !made && done) done = std::move(made);
        }
        if (!connections.interfaces.empty()) connected_[run] = connections;
    }
    // Where pf is not there nothing of ours can be in it.
    core::Status put = connected_.empty() && !check() ? core::Status() : put_all();
    return done ? put : done;
}

}  // namespace potd::platform
