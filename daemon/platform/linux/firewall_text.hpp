#pragma once

#include "core/model/ip_network.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace potd::platform {

/// A bridge as the firewall sees it.
struct FirewallBridge {
    std::string link;  ///< the interface of the host
    std::optional<core::IpNetwork> ipv4, ipv6;
    bool isolated = false;
    std::string
        uplink{};  ///< a member that leads to a network which the host is not on by this bridge; or empty
    bool routed = false;  ///< what leaves by IPv6 keeps the pots' addresses
    friend bool operator==(const FirewallBridge&, const FirewallBridge&) = default;
};

/// What may come from a pot: the host's end of its link, and whose the pot's end is.
struct FirewallMember {
    std::string link;
    std::array<std::uint8_t, 6> hardware{};
    std::vector<core::IpAddress> addresses;
    /// Of IPv6 it has what routers let it make: addresses of any network that end as its hardware address has
    /// it (modified EUI-64).
    bool follows_routers = false;
    friend bool operator==(const FirewallMember&, const FirewallMember&) = default;
};

/// A port of the host that leads to one of a pot.
struct FirewallPort {
    std::string protocol;               ///< tcp, udp, sctp
    std::optional<core::IpAddress> at;  ///< of the host's addresses; unset: all of the target's family
    std::uint16_t port = 0;
    core::IpAddress target;
    std::uint16_t target_port = 0;
    bool own = false;  ///< the target is reached by its own address, too
    friend bool operator==(const FirewallPort&, const FirewallPort&) = default;
};

/// A port of a pot that is reached from everywhere by the pot's own address of IPv6.
struct FirewallOpening {
    core::IpAddress to;
    std::string protocol;
    std::uint16_t port = 0;
    friend bool operator==(const FirewallOpening&, const FirewallOpening&) = default;
    friend bool operator<(const FirewallOpening& left, const FirewallOpening& right) {
        return std::tie(left.to, left.protocol, left.port) < std::tie(right.to, right.protocol, right.port);
    }
};

/// What all links of a pot together may carry: the limits are known by `name`, one of the links.
struct FirewallRates {
    std::string name;
    std::vector<std::string> links;          ///< the host's ends
    std::uint64_t to_pot = 0, from_pot = 0;  ///< bytes a second; 0 = no limit
    friend bool operator==(const FirewallRates&, const FirewallRates&) = default;
};

/// The tables of an instance, of the families inet and bridge: "potd_INSTANCE", with what nft(8) takes for no
/// letter of a name written as its number.
[[nodiscard]] std::string table_name(std::string_view instance);

// The commands of nft(8). Each text is one transaction.

/// Puts the tables there anew, without members and ports. What they say:
/// - what a pot sends elsewhere leaves with the host's address (masquerade), but by IPv6 from routed bridges;
/// - from elsewhere, other bridges too, pots are reached by what answers them, by published ports and
/// openings alone;
/// - pots of one bridge reach each other unless it is isolated;
/// - published ports lead to the pot from everywhere: outside, the host, its loopback addresses, other pots
/// and
///   the pot itself;
/// - nothing from a bridge reaches the host's loopback addresses;
/// - a pot speaks with its own addresses alone, in frames, ARP and neighbour advertisements, and is no
/// router;
/// - what comes by an uplink reaches pots, and nothing of the host.
[[nodiscard]] std::string whole_tables(std::string_view table, const std::vector<FirewallBridge>& bridges);
/// What the table needs before the first of add_rates: without it no frame is looked up for nothing. Fails if
/// it is there.
[[nodiscard]] std::string rate_part(std::string_view table);
/// Removes them, whether they are there or not.
[[nodiscard]] std::string no_tables(std::string_view table);

[[nodiscard]] std::string add_member(std::string_view table, const FirewallMember& member);
/// Fails if it is not there.
[[nodiscard]] std::string remove_member(std::string_view table, std::string_view link);
/// Frames beyond a limit are dropped, before anything else is asked about them. After a pause a second's
/// worth and some more passes at once.
[[nodiscard]] std::string add_rates(std::string_view table, const FirewallRates& rates);
/// Fails if they are not there.
[[nodiscard]] std::string remove_rates(std::string_view table, const FirewallRates& rates);
/// Fails if one of them is taken.
[[nodiscard]] std::string add_ports(std::string_view table, const std::vector<FirewallPort>& ports);
/// Fails if one of them is not there.
[[nodiscard]] std::string remove_ports(std::string_view table, const std::vector<FirewallPort>& ports);

/// Of the ports' own addresses; sorted, each once.
[[nodiscard]] std::vector<FirewallOpening> openings_of(const std::vector<FirewallPort>& ports);
[[nodiscard]] std::string add_openings(std::string_view table, const std::vector<FirewallOpening>& openings);
/// Fails if one of them is not there.
[[nodiscard]] std::string remove_openings(std::string_view table,
                                          const std::vector<FirewallOpening>& openings);

}  // namespace potd::platform
