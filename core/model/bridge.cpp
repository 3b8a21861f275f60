#include "core/model/bridge.hpp"

#include "core/model/moved_interface.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace potd::core {
namespace {

using Family = IpAddress::Family;

constexpr int ipv6_prefix = 64;
constexpr int shortest_prefix = 8;

std::vector<IpNetwork> networks_of(const std::vector<TakenNetwork>& taken) {
    std::vector<IpNetwork> all;
    all.reserve(taken.size());
    for (const TakenNetwork& one : taken) all.push_back(one.network);
    return all;
}

/// Hosts can have its addresses: it is none of multicast, loopback or links.
Status check_hosts(const IpNetwork& network, std::string_view field) {
    const InterfaceAddress gateway{bridge_network(network).gateway, network.prefix};
    if (parse_interface_address(to_string(gateway), field)) return {};
    return invalid_field(field, to_string(network), "a network of hosts' addresses");
}

/// The gateway and one pot at least.
Status check_size(const IpNetwork& network, std::string_view field) {
    const bool fits = network.prefix >= shortest_prefix && host_count(network) >= 2;
    if (fits) return {};
    return invalid_field(field, to_string(network),
                         network.first.family == Family::V4 ? "a prefix length from 8 to 31"
                                                            : "a prefix length from 8 to 126");
}

Result<BridgeNetwork> given(const IpNetwork& network, Family family, std::string_view field,
                            const std::vector<TakenNetwork>& taken) {
    if (network.first.family != family)
        return invalid_field(field, to_string(network),
                             family == Family::V4 ? "an IPv4 network" : "an IPv6 network");
    if (Status size = check_size(network, field); !size) return std::move(size).error();
    if (Status hosts = check_hosts(network, field); !hosts) return std::move(hosts).error();
    const auto found = std::find_if(taken.begin(), taken.end(),
                                    [&](const TakenNetwork& one) { return overlap(one.network, network); });
    if (found == taken.end()) return bridge_network(network);
    Error clash = error(ErrorKind::Conflict, std::string(field) + ": " + to_string(network) + " overlaps " +
                                                 to_string(found->network) + " of " + found->owner);
    clash.field = field;
    return clash;
}

Result<BridgeNetwork> chosen(const IpNetwork& pool, int prefix, const std::vector<TakenNetwork>& taken) {
    const auto free = first_free_network(pool, prefix, networks_of(taken));
    if (free) return bridge_network(*free);
    return error(ErrorKind::ResourceExhausted, "no network with the prefix length " + std::to_string(prefix) +
                                                   " is left in " + to_string(pool) +
                                                   "; remove a bridge or give a network");
}

Result<BridgeNetwork> ipv4_of(const BridgeRequest& request, const BridgePools& pools,
                              const std::vector<TakenNetwork>& taken) {
    if (request.ipv4) return given(*request.ipv4, Family::V4, "ipv4", taken);
    if (request.name == public_bridge) return chosen(pools.ipv4, pools.public_prefix, taken);
    constexpr std::uint64_t usual_hosts = 254;
    const std::uint64_t hosts = request.hosts.value_or(usual_hosts);
    const auto prefix = hosts < 2 ? std::nullopt : ipv4_prefix_for(hosts);
    if (!prefix || *prefix < pools.ipv4.prefix)
        return invalid_field("hosts", std::to_string(hosts),
                             "2 to " + std::to_string(host_count(pools.ipv4)) + ", the gateway included");
    // The public bridge has its place, also before it is made.
    std::vector<TakenNetwork> all = taken;
    all.push_back({{pools.ipv4.first, pools.public_prefix}, "the public bridge"});
    return chosen(pools.ipv4, *prefix, all);
}

Result<std::optional<BridgeNetwork>> ipv6_of(const BridgeRequest& request, const BridgePools& pools,
                                             const std::vector<TakenNetwork>& taken) {
    if (!request.ipv6 && !pools.ipv6) return std::optional<BridgeNetwork>();
    auto network = request.ipv6 ? given(*request.ipv6, Family::V6, "ipv6", taken)
                                : chosen(*pools.ipv6, ipv6_prefix, taken);
    if (!network) return std::move(network).error();
    return std::optional(*std::move(network));
}

/// What is beyond the uplink has networks of its own already.
Status check_uplinked(const BridgeRequest& request) {
    if (Status name = check_interface_name(request.uplink, "uplink"); !name) return name;
    const std::string expected =
        "nothing, as the bridge has an uplink: its pots have addresses of the network beyond";
    if (request.hosts) return invalid_field("hosts", std::to_string(*request.hosts), expected);
    if (request.ipv4) return invalid_field("ipv4", to_string(*request.ipv4), expected);
    if (request.ipv6) return invalid_field("ipv6", to_string(*request.ipv6), expected);
    if (request.routed) return invalid_field("routed", "true", "false, as the bridge has an uplink");
    return {};
}

Status check_routed(const Bridge& bridge) {
    if (!bridge.routed || bridge.ipv6) return {};
    return invalid_field("routed", "true", "false, as the bridge has no IPv6 network that could be routed");
}

}  // namespace

IpNetwork unique_local_pool(std::string_view seed) {
    std::uint64_t hash = 0xcbf29ce484222325U;  // FNV-1a
    for (const char c : seed) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
    IpAddress first;
    first.family = Family::V6;
    first.bytes[0] = 0xfd;
    constexpr std::size_t global_id = 5;
    for (std::size_t i = 1; i <= global_id; ++i) {
        first.bytes.at(i) = static_cast<std::uint8_t>(hash);
        hash >>= 8U;
    }
    constexpr int prefix = 48;
    return {first, prefix};
}

BridgeNetwork bridge_network(const IpNetwork& network) {
    return {network, host_at(network, 1)};
}

Result<Bridge> plan_bridge(const BridgeRequest& request, const BridgePools& pools,
                           const std::vector<TakenNetwork>& taken) {
    if (request.hosts && request.ipv4)
        return invalid_field("hosts", std::to_string(*request.hosts), "only one of hosts and ipv4");
    Bridge bridge;
    bridge.name = request.name;
    bridge.isolated = request.isolated;
    bridge.routed = request.routed;
    if (!request.uplink.empty()) {
        if (Status able = check_uplinked(request); !able) return std::move(able).error();
        bridge.uplink = request.uplink;
        return bridge;
    }
    if (!request.without_ipv4) {
        auto network = ipv4_of(request, pools, taken);
        if (!network) return std::move(network).error();
        bridge.ipv4 = *std::move(network);
    }
    if (!request.without_ipv6) {
        auto network = ipv6_of(request, pools, taken);
        if (!network) return std::move(network).error();
        bridge.ipv6 = *std::move(network);
    }
    if (!bridge.ipv4 && !bridge.ipv6)
        return invalid_field("ipv6", "none", "a network of at least one family");
    if (Status able = check_routed(bridge); !able) return std::move(able).error();
    return bridge;
}

}  // namespace potd::core
