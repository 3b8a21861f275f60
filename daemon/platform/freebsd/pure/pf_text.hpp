#pragma once

#include "core/base/result.hpp"
#include "core/model/bridge.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace potd::platform {

/// A bridge as pf sees it.
struct PfBridge {
    std::string link;  ///< the interface of the host
    std::optional<core::BridgeNetwork> ipv4, ipv6;
    bool isolated = false;
    bool has_uplink = false;  ///< then no networks of its own: what is beyond is not the host's matter
    bool routed = false;      ///< what leaves by IPv6 keeps the pots' addresses
};

/// What may come from a pot: the host's end of its cable, and whose the pot's end is.
struct PfMember {
    std::string link;
    std::array<std::uint8_t, 6> hardware{};
    std::vector<core::IpAddress> addresses;
    bool follows_routers = false;  ///< it has addresses of any network of IPv6, and none of IPv4
};

/// A port of the host that leads to one of a pot.
struct PfPort {
    std::string protocol;               ///< tcp, udp, sctp
    std::optional<core::IpAddress> at;  ///< of the host's addresses; unset: all of the target's family
    std::uint16_t port = 0;
    core::IpAddress target;
    std::uint16_t target_port = 0;
    bool own = false;  ///< the target is reached by its own address, too
};

/// An interface of the host by which pots reach what is outside.
struct PfUplink {
    std::string link;
    bool ipv4 = false, ipv6 = false;  ///< whether it has an address of the family
};

struct PfRules {
    std::string instance;
    std::vector<PfBridge> bridges;
    std::vector<PfMember> members;
    std::vector<PfPort> ports;
    std::vector<PfUplink> uplinks;
};

/// All of an instance's anchor as pfctl(8) reads it, empty without bridges. What it says:
/// - what a pot sends elsewhere leaves with the host's address, but by IPv6 from routed bridges;
/// - from elsewhere, other bridges too, pots are reached by what answers them and by published ports alone,
/// on routed bridges also by their own addresses;
/// - pots of one bridge reach each other unless it is isolated;
/// - published ports lead to the pot from everywhere: outside, the host, its loopback addresses, other pots
///   and the pot itself;
/// - a pot speaks to others on its bridge with its own addresses alone, elsewhere with one of the bridge's
///   networks, and is no router;
/// - on a bridge with an uplink it may have any global address of IPv6, as pf looks at no parts of one, and
/// hands
///   out none.
[[nodiscard]] std::string pf_rules(const PfRules& rules);

/// The lines that lead the host's own rules to the anchors of potd.
inline constexpr std::array<std::string_view, 3> anchor_lines{R"(nat-anchor "potd/*")",
                                                              R"(rdr-anchor "potd/*")", R"(anchor "potd/*")"};
/// Which of them are not there, by what `pfctl -s nat` and `pfctl -s rules` print.
[[nodiscard]] std::vector<std::string_view> missing_anchors(std::string_view nat, std::string_view rules);

/// Unsupported if pf is off (by what `pfctl -s info` prints) or lines are missing, with these and what to do.
[[nodiscard]] core::Status check_pf(std::string_view info, std::string_view nat, std::string_view rules);

}  // namespace potd::platform
