#include "daemon/platform/linux/firewall_text.hpp"

#include "core/model/hardware_address.hpp"

#include <algorithm>
#include <cstddef>

namespace potd::platform {
namespace {

using Family = core::IpAddress::Family;

constexpr std::string_view hex_digits = "0123456789abcdef";

std::string joined(const std::vector<std::string>& all) {
    std::string text;
    for (const std::string& one : all) text += (text.empty() ? "" : ", ") + one;
    return text;
}

std::string set(std::string_view name, std::string_view what, const std::vector<std::string>& all) {
    std::string text = "  set " + std::string(name) + " { " + std::string(what) + "; ";
    if (!all.empty()) text += "elements = { " + joined(all) + " }; ";
    return text + "}\n";
}

std::string quoted(const std::string& name) {
    return '"' + name + '"';
}

std::string sets_of(const std::vector<FirewallBridge>& bridges) {
    std::vector<std::string> names, open, ipv4, ipv6, hidden;
    for (const FirewallBridge& bridge : bridges) {
        // The host hands nothing on between it and others: it has no address there.
        if (!bridge.uplink.empty()) continue;
        names.push_back(quoted(bridge.link));
        if (!bridge.isolated) open.push_back(quoted(bridge.link) + " . " + quoted(bridge.link));
        if (bridge.ipv4) ipv4.push_back(core::to_string(*bridge.ipv4));
        if (bridge.ipv6) ipv6.push_back(core::to_string(*bridge.ipv6));
        if (bridge.ipv6 && !bridge.routed) hidden.push_back(ipv6.back());
    }
    return set("bridges", "type ifname", names) + set("within", "type ifname . ifname", open) +
           set("inside4", "type ipv4_addr; flags interval", ipv4) +
           set("inside6", "type ipv6_addr; flags interval", ipv6) +
           set("hidden6", "type ipv6_addr; flags interval", hidden);
}

constexpr std::string_view port_maps =
    R"(  set open6 { type ipv6_addr . inet_proto . inet_service; }
  map ports4 { type inet_proto . inet_service : ipv4_addr . inet_service; }
  map ports6 { type inet_proto . inet_service : ipv6_addr . inet_service; }
  map ports4_at { type ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service; }
  map ports6_at { type ipv6_addr . inet_proto . inet_service : ipv6_addr . inet_service; }
)";

// What comes for an address of the host, and what the host itself sends to one.
constexpr std::string_view inet_chains = R"(  chain published {
    dnat ip to ip daddr . meta l4proto . th dport map @ports4_at
    dnat ip to meta l4proto . th dport map @ports4
    dnat ip6 to ip6 daddr . meta l4proto . th dport map @ports6_at
    dnat ip6 to meta l4proto . th dport map @ports6
  }
  chain incoming {
    type nat hook prerouting priority dstnat; policy accept;
    fib daddr type local jump published
  }
  chain local {
    type nat hook output priority -100; policy accept;
    fib daddr type local jump published
  }
  chain outgoing {
    type nat hook postrouting priority srcnat; policy accept;
    oifname @bridges jump to_pots
    ip saddr @inside4 oifname != @bridges masquerade
    ip6 saddr @hidden6 oifname != @bridges masquerade
  }
  chain to_pots {
    ct status dnat ip saddr @inside4 masquerade
    ct status dnat ip6 saddr @inside6 masquerade
    ip saddr 127.0.0.0/8 masquerade
    ip6 saddr ::1 masquerade
  }
  chain guard {
    type filter hook prerouting priority raw; policy accept;
    iifname @bridges ip daddr 127.0.0.0/8 drop
    iifname @bridges ip6 daddr ::1 drop
  }
  chain forward {
    type filter hook forward priority filter; policy accept;
    oifname != @bridges accept
    ct state established,related accept
    ct status dnat accept
    ip6 daddr . meta l4proto . th dport @open6 accept
    iifname . oifname @within accept
    drop
  }
)";

constexpr std::string_view bridge_part = R"(  map members { type ifname : verdict; }
  chain from_pots {
    type filter hook prerouting priority dstnat; policy accept;
    iifname vmap @members
  }
  chain to_host {
    type filter hook input priority filter; policy accept;
    iifname @uplinks drop
  }
)";

// Before from_pots, so that what is too much costs no more; and on the way to the links of pots.
constexpr std::string_view rate_rules = R"(  map sent { type ifname : limit; }
  map received { type ifname : limit; }
  chain rate_from_pots {
    type filter hook prerouting priority -301; policy accept;
    limit name iifname map @sent drop
  }
  chain rate_to_pots {
    type filter hook postrouting priority srcnat; policy accept;
    limit name oifname map @received drop
  }
)";

/// What may come at once after a second of the rate, in bytes: a frame of virtual links has up to 64 KiB
/// before it is cut into packets, and none may be too large for the slowest rate.
constexpr std::uint64_t rate_burst = std::uint64_t{128} << 10U;

struct Direction {
    std::string_view map, ending;
    std::uint64_t FirewallRates::*rate;
};
constexpr std::array directions{Direction{"received", "_rx", &FirewallRates::to_pot},
                                Direction{"sent", "_tx", &FirewallRates::from_pot}};

std::string hex(std::uint8_t byte) {
    return {hex_digits[byte >> 4U], hex_digits[byte & 0xfU]};
}

std::string text_of(const std::array<std::uint8_t, 6>& hardware) {
    std::string text;
    for (const std::uint8_t byte : hardware) text += (text.empty() ? "" : ":") + hex(byte);
    return text;
}

/// All 16 bytes as one number.
std::string number_of(const core::IpAddress& address) {
    std::string text = "0x";
    for (const std::uint8_t byte : address.bytes) text += hex(byte);
    return text;
}

/// The last 64 bits, as one number.
std::string identifier_of(const core::IpAddress& address) {
    return "0x" + number_of(address).substr(2 + 16);
}

std::string of_table(std::string_view table, std::string_view chain) {
    return "bridge " + std::string(table) + " " + std::string(chain);
}

std::string elements_of(std::string_view verb, std::string_view table, const std::vector<FirewallPort>& ports,
                        bool with_targets) {
    std::array<std::vector<std::string>, 4> maps;
    constexpr std::array names{"ports4", "ports6", "ports4_at", "ports6_at"};
    for (const FirewallPort& one : ports) {
        const bool ipv6 = one.target.family == Family::V6;
        std::string element = one.protocol + " . " + std::to_string(one.port);
        if (one.at) element.insert(0, core::to_string(*one.at) + " . ");
        if (with_targets)
            element += " : " + core::to_string(one.target) + " . " + std::to_string(one.target_port);
        maps.at((ipv6 ? 1U : 0U) + (one.at ? 2U : 0U)).push_back(std::move(element));
    }
    std::string text;
    for (std::size_t i = 0; i < maps.size(); ++i) {
        if (maps.at(i).empty()) continue;
        text += std::string(verb) + " element inet " + std::string(table) + " " + names.at(i) + " { " +
                joined(maps.at(i)) + " }\n";
    }
    return text;
}

std::string change_openings(std::string_view verb, std::string_view table,
                            const std::vector<FirewallOpening>& openings) {
    if (openings.empty()) return {};
    std::vector<std::string> elements;
    elements.reserve(openings.size());
    for (const FirewallOpening& one : openings)
        elements.push_back(core::to_string(one.to) + " . " + one.protocol + " . " + std::to_string(one.port));
    return std::string(verb) + " element inet " + std::string(table) + " open6 { " + joined(elements) +
           " }\n";
}

std::string rules_begin(std::string_view table, const FirewallMember& member) {
    const std::string chain = of_table(table, member.link);
    return "add chain " + chain + "\nadd rule " + chain + " ether saddr != " + text_of(member.hardware) +
           " drop\n";
}

std::string rules_end(std::string_view table, const FirewallMember& member) {
    return "add rule " + of_table(table, member.link) + " drop\nadd element " + of_table(table, "members") +
           " { " + quoted(member.link) + " : jump " + member.link + " }\n";
}

/// Among strangers it is untagged, so that it comes to no other network of the uplink; it hands out no
/// addresses, and asks only whether its own are taken: else it could keep others from having theirs. Of what
/// is said about neighbours the target stands in the bytes 8 to 23, of an address its network's part comes
/// first.
std::string add_follower(std::string_view table, const FirewallMember& member) {
    const std::string own = identifier_of(core::link_local_address(member.hardware));
    std::string text = rules_begin(table, member);
    for (const std::string& rule :
         {std::string("ether type != ip6 drop"),
          std::string("icmpv6 type { nd-router-advert, nd-redirect, mld-listener-query } drop"),
          "icmpv6 type nd-neighbor-advert @th,128,64 != " + own + " drop",
          "ip6 saddr :: icmpv6 type nd-neighbor-solicit @th,128,64 " + own + " accept",
          std::string("ip6 saddr :: icmpv6 type { nd-router-solicit, mld-listener-report, mld-listener-done, "
                      "mld2-listener-report } accept"),
          std::string("udp sport 547 drop"), "@nh,64,8 != 0xff @nh,128,64 " + own + " accept"})
        text += "add rule " + of_table(table, member.link) + " " + rule + "\n";
    return text + rules_end(table, member);
}

}  // namespace

std::string table_name(std::string_view instance) {
    std::string name = "potd_";
    for (const char c : instance) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        name += plain ? std::string(1, c) : "_" + hex(static_cast<std::uint8_t>(c));
    }
    return name;
}

std::string whole_tables(std::string_view table, const std::vector<FirewallBridge>& bridges) {
    const std::string name(table);
    std::vector<std::string> uplinks;
    for (const FirewallBridge& bridge : bridges) {
        if (!bridge.uplink.empty()) uplinks.push_back(quoted(bridge.uplink));
    }
    return no_tables(table) + "table inet " + name + " {\n" + sets_of(bridges) + std::string(port_maps) +
           std::string(inet_chains) + "}\ntable bridge " + name + " {\n" +
           set("uplinks", "type ifname", uplinks) + std::string(bridge_part) + "}\n";
}

std::string no_tables(std::string_view table) {
    std::string text;
    for (const char* const family : {"inet ", "bridge "}) {
        const std::string name = family + std::string(table) + "\n";
        // The first makes the second one possible.
        text.append("add table ").append(name).append("delete table ").append(name);
    }
    return text;
}

std::string add_member(std::string_view table, const FirewallMember& member) {
    const std::string hardware = text_of(member.hardware);
    if (member.follows_routers) return add_follower(table, member);
    const core::IpAddress own_link = core::link_local_address(member.hardware);
    std::vector<std::string> ipv4{"0.0.0.0"}, senders;
    std::vector<std::string> ipv6{"::", core::to_string(own_link)}, targets{number_of(own_link)};
    for (const core::IpAddress& one : member.addresses) {
        if (one.family == Family::V4) {
            ipv4.push_back(core::to_string(one));
            senders.push_back(core::to_string(one));
        } else {
            ipv6.push_back(core::to_string(one));
            targets.push_back(number_of(one));
        }
    }
    std::string text = rules_begin(table, member);
    const std::string rule = "add rule " + of_table(table, member.link) + " ";
    text += rule + "arp saddr ether " + hardware + " arp saddr ip { " + joined(ipv4) + " } accept\n";
    if (!senders.empty()) text += rule + "ip saddr { " + joined(senders) + " } accept\n";
    text += rule + "icmpv6 type { nd-router-advert, nd-redirect } drop\n" + rule +
            "icmpv6 type nd-neighbor-advert @th,64,128 != { " + joined(targets) + " } drop\n";
    if (targets.size() > 1) text += rule + "ip6 saddr { " + joined(ipv6) + " } accept\n";
    return text + rules_end(table, member);
}

std::string remove_member(std::string_view table, std::string_view link) {
    const std::string chain = of_table(table, link);
    return "delete element " + of_table(table, "members") + " { " + quoted(std::string(link)) +
           " }\nflush chain " + chain + "\ndelete chain " + chain + "\n";
}

std::string rate_part(std::string_view table) {
    return "table bridge " + std::string(table) + " {\n" + std::string(rate_rules) + "}\n";
}

std::string add_rates(std::string_view table, const FirewallRates& rates) {
    std::string text;
    for (const Direction& one : directions) {
        const std::uint64_t rate = rates.*one.rate;
        if (rate == 0 || rates.links.empty()) continue;
        const std::string limit = rates.name + std::string(one.ending);
        text += "add limit " + of_table(table, limit) + " rate over " + std::to_string(rate) +
                " bytes/second burst " + std::to_string(rate_burst) + " bytes\n";
        std::vector<std::string> elements;
        for (const std::string& link : rates.links) elements.push_back(quoted(link) + " : " + quoted(limit));
        text += "add element " + of_table(table, one.map) + " { " + joined(elements) + " }\n";
    }
    return text;
}

std::string remove_rates(std::string_view table, const FirewallRates& rates) {
    std::string text;
    for (const Direction& one : directions) {
        if (rates.*one.rate == 0 || rates.links.empty()) continue;
        std::vector<std::string> elements;
        for (const std::string& link : rates.links) elements.push_back(quoted(link));
        text += "delete element " + of_table(table, one.map) + " { " + joined(elements) +
                " }\ndelete limit " + of_table(table, rates.name + std::string(one.ending)) + "\n";
    }
    return text;
}

std::vector<FirewallOpening> openings_of(const std::vector<FirewallPort>& ports) {
    std::vector<FirewallOpening> all;
    for (const FirewallPort& one : ports)
        if (one.own) all.push_back({one.target, one.protocol, one.target_port});
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    return all;
}

std::string add_openings(std::string_view table, const std::vector<FirewallOpening>& openings) {
    return change_openings("add", table, openings);
}

std::string remove_openings(std::string_view table, const std::vector<FirewallOpening>& openings) {
    return change_openings("delete", table, openings);
}

std::string add_ports(std::string_view table, const std::vector<FirewallPort>& ports) {
    // `create` refuses an element that is there.
    return elements_of("create", table, ports, true);
}

std::string remove_ports(std::string_view table, const std::vector<FirewallPort>& ports) {
    return elements_of("delete", table, ports, false);
}

}  // namespace potd::platform
