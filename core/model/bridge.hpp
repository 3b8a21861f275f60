#pragma once

#include "core/base/result.hpp"
#include "core/base/time.hpp"
#include "core/model/ip_network.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace potd::core {

/// One family of a bridge.
struct BridgeNetwork {
    IpNetwork network;
    IpAddress gateway;  ///< the host's own address on it; a host of the network
    friend bool operator==(const BridgeNetwork&, const BridgeNetwork&) = default;
};

/// A virtual network of the host that pots hang on.
struct Bridge {
    std::string name;
    std::optional<BridgeNetwork> ipv4;  ///< of both at least one, unless it has an uplink
    std::optional<BridgeNetwork> ipv6;
    bool isolated = false;  ///< its pots reach the host and what is outside, not each other
    WallTime created_at;
    /// An interface of the host that is a member of it. Then the bridge has no networks of its own: its pots
    /// are on the network beyond, and have the addresses of IPv6 that routers there let them make (SLAAC).
    std::string uplink{};
    /// Routers beyond know that its IPv6 network is behind this host: its pots are seen there by their own
    /// addresses of IPv6. Otherwise, as with IPv4 always, by the host's. Only with an IPv6 network.
    bool routed = false;
    friend bool operator==(const Bridge&, const Bridge&) = default;
};

/// What the one that all pots of the type public-bridge hang on is called; no other may be.
inline constexpr std::string_view public_bridge = "public";

/// The ranges from which networks of bridges are taken that nobody names.
struct BridgePools {
    IpNetwork ipv4;
    int public_prefix = 16;         ///< of the public bridge, which begins where the pool does
    std::optional<IpNetwork> ipv6;  ///< each bridge gets a /64 of it; unset: none has IPv6 unasked
};

/// A /48 that is the same for a seed and, most likely, for no other one (RFC 4193, 3.2).
[[nodiscard]] IpNetwork unique_local_pool(std::string_view seed);

/// What is asked of a new bridge; what is unset is chosen.
struct BridgeRequest {
    std::string name;
    std::optional<std::uint64_t> hosts;  ///< so many addresses, the gateway's included; instead of `ipv4`
    std::optional<IpNetwork> ipv4, ipv6;
    bool without_ipv4 = false, without_ipv6 = false;
    bool isolated = false;
    std::string uplink{};  ///< then without networks
    bool routed = false;   ///< then with a network of IPv6
};

/// A network that the host reaches by one of its interfaces.
struct HostRoute {
    IpNetwork network;
    std::string interface;
    friend bool operator==(const HostRoute&, const HostRoute&) = default;
};

/// What must not overlap a new bridge.
struct TakenNetwork {
    IpNetwork network;
    std::string owner;  ///< "bridge web", "the host's eth0"
};

/// The gateway of a network: its first host.
[[nodiscard]] BridgeNetwork bridge_network(const IpNetwork& network);

/// A bridge as asked for, in networks that overlap none of `taken`. InvalidArgument with the field (`ipv4`,
/// `ipv6`, `hosts`, `uplink`, `routed`); Conflict, naming the owner, for a network that overlaps another;
/// ResourceExhausted when a pool has no room.
[[nodiscard]] Result<Bridge> plan_bridge(const BridgeRequest& request, const BridgePools& pools,
                                         const std::vector<TakenNetwork>& taken);

}  // namespace potd::core
