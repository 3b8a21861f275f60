#include "daemon/platform/freebsd/pure/pf_text.hpp"

#include "core/model/hardware_address.hpp"
#include "daemon/platform/freebsd/pure/network_names.hpp"
#include "daemon/platform/posix/text.hpp"

#include <algorithm>
#include <initializer_list>
#include <string_view>

namespace potd::platform {
namespace {

using IpFamily = core::IpAddress::Family;

constexpr std::string_view link_local_network = "fe80::/10", multicast_network = "ff02::/16";
constexpr std::string_view global_networks = "2000::/3, fc00::/7";

std::string in_quotes(std::string_view text) {
    return '"' + std::string(text) + '"';
}

std::string_view word_of(IpFamily family) {
    return family == IpFamily::V4 ? "inet" : "inet6";
}

/// Writes one rule a line. Tags say along a packet's way by which of the three ways it came to a port:
/// "local" from the host itself, "inside" from a bridge, "port" from elsewhere.
class Writer {
  public:
    explicit Writer(const PfRules& rules)
        : rules_(rules),
          bridges_(in_quotes(bridge_group(rules.instance))),
          cables_(in_quotes(cable_group(rules.instance))) {}

    std::string text() {
        add_table();
        line("no nat on " + cables_ + " all");
        line("no rdr on " + cables_ + " all");
        for (const PfBridge& bridge : rules_.bridges) add_hairpin(bridge);
        for (const PfBridge& bridge : rules_.bridges) add_routed(bridge);
        for (const PfUplink& uplink : rules_.uplinks) add_way_out(uplink);
        for (const PfPort& port : rules_.ports) add_port(port);
        add_cables();
        for (const PfBridge& bridge : rules_.bridges) add_uplinked(bridge);
        add_published();
        add_openings("! " + bridges_);
        line("block drop in quick on ! " + bridges_ + " to <pots>");
        for (const PfBridge& bridge : rules_.bridges) add_inside(bridge);
        add_openings(bridges_);
        line("block drop in quick on " + bridges_ + " to <pots>");
        add_neighbours();
        for (const PfBridge& bridge : rules_.bridges) add_outward(bridge);
        line("block drop in quick on " + bridges_ + " all");
        return std::move(text_);
    }

  private:
    struct Side {
        IpFamily family;
        std::string network, gateway;
    };

    void line(const std::string& rule) { text_ += rule + "\n"; }
    void line(std::initializer_list<std::string_view> words) {
        for (const std::string_view word : words) text_ += word;
        text_ += "\n";
    }
    [[nodiscard]] std::string tag(std::string_view way) const {
        return in_quotes(rules_.instance + "." + std::string(way));
    }
    static std::vector<Side> sides(const PfBridge& bridge) {
        std::vector<Side> all;
        for (const auto& side : {bridge.ipv4, bridge.ipv6}) {
            if (side)
                all.push_back(
                    {side->gateway.family, core::to_string(side->network), core::to_string(side->gateway)});
        }
        return all;
    }

    /// All addresses of bridges but the host's own.
    void add_table() {
        std::string networks;
        for (const PfBridge& bridge : rules_.bridges) {
            for (const Side& side : sides(bridge)) {
                if (!networks.empty()) networks += ", ";
                networks.append(side.network).append(", ! ").append(side.gateway);
            }
        }
        line("table <pots> const { " + networks + " }");
    }

    /// Answers have to come back by the host.
    void add_hairpin(const PfBridge& bridge) {
        for (const Side& side : sides(bridge)) {
            const std::string to = " to " + side.network + " tagged ", as = " -> " + side.gateway;
            const std::string rule =
                "nat on " + in_quotes(bridge.link) + " " + std::string(word_of(side.family)) + " from ";
            line({rule, "any", to, tag("local"), as});
            line({rule, "<pots>", to, tag("inside"), as});
        }
    }

    void add_routed(const PfBridge& bridge) {
        if (bridge.routed && bridge.ipv6)
            line("no nat inet6 from " + core::to_string(bridge.ipv6->network) + " to any");
    }

    /// From outside and from other bridges; it goes on to the pot as what came to a published port.
    void add_openings(const std::string& on) {
        for (const PfPort& port : rules_.ports) {
            if (port.own)
                line("pass in quick on " + on + " inet6 proto " + port.protocol + " from any to " +
                     core::to_string(port.target) + " port " + std::to_string(port.target_port) + " tag " +
                     tag("port") + " keep state");
        }
    }

    void add_way_out(const PfUplink& uplink) {
        // The first address alone: others may be a pot's.
        const std::string as = " from <pots> to any -> (" + in_quotes(uplink.link + ":0") + ")";
        if (uplink.ipv4) line("nat on " + in_quotes(uplink.link) + " inet" + as);
        if (uplink.ipv6) line("nat on " + in_quotes(uplink.link) + " inet6" + as);
    }

    void add_port(const PfPort& port) {
        const std::string what = std::string(word_of(port.target.family)) + " proto " + port.protocol +
                                 " from any to " + (port.at ? core::to_string(*port.at) : "(self)") +
                                 " port " + std::to_string(port.port);
        const std::string as =
            " -> " + core::to_string(port.target) + " port " + std::to_string(port.target_port);
        line("rdr on lo0 " + what + " tag " + tag("local") + as);
        line("rdr on " + bridges_ + " " + what + " tag " + tag("inside") + as);
        line("rdr " + what + " tag " + tag("port") + as);
        // Its answers come another way, so that there is no connection to follow here.
        local_.push_back("pass out quick on lo0 " + what + " no state");
    }

    /// Frames from pot to pot pass both cables and the bridge between them, which decides; those to the host
    /// pass the bridge alone.
    void add_cables() {
        line("block drop in quick on " + cables_ + " inet6 proto icmp6 icmp6-type { routeradv, redir }");
        for (const PfMember& member : rules_.members) {
            const std::string from = "pass in quick on " + in_quotes(member.link) + " ";
            bool six = false;
            for (const core::IpAddress& one : member.addresses) {
                six = six || one.family == IpFamily::V6;
                line(from + std::string(word_of(one.family)) + " from " + core::to_string(one) + " no state");
            }
            if (member.follows_routers) add_follower(member);
            if (!six && !member.follows_routers) continue;
            line(from + "inet6 from { ::, " + core::to_string(core::link_local_address(member.hardware)) +
                 " } no state");
        }
        line("block drop in quick on " + cables_ + " all");
        line("pass out quick on " + cables_ + " all no state");
    }

    void add_follower(const PfMember& member) {
        const std::string from = " in quick on " + in_quotes(member.link) + " inet6 ";
        line("block drop" + from + "proto icmp6 icmp6-type 130");
        line("block drop" + from + "proto udp from any port 547");
        line("pass" + from + "from { " + std::string(global_networks) + " } no state");
    }

    /// It hands on what pots and routers beyond say to each other, and nothing else.
    void add_uplinked(const PfBridge& bridge) {
        if (!bridge.has_uplink) return;
        line("pass quick on " + in_quotes(bridge.link) + " inet6 all no state");
        line("block drop quick on " + in_quotes(bridge.link) + " all");
    }

    void add_published() {
        for (const std::string& rule : local_) line(rule);
        for (const char* const way : {"local", "inside", "port"})
            line("pass in quick all tagged " + tag(way) + " keep state");
        // What is answered to the host's own connections goes back by the loopback interface, where the
        // address of the pot is made the one that was connected to.
        line("pass out quick on " + bridges_ + " reply-to (lo0 127.0.0.1) inet all tagged " + tag("local") +
             " keep state");
        line("pass out quick on " + bridges_ + " reply-to (lo0 ::1) inet6 all tagged " + tag("local") +
             " keep state");
        for (const char* const way : {"inside", "port"})
            line("pass out quick on " + bridges_ + " all tagged " + tag(way) + " keep state");
    }

    void add_inside(const PfBridge& bridge) {
        const std::string on = " quick on " + in_quotes(bridge.link) + " ";
        for (const Side& side : sides(bridge)) {
            const std::string_view word = word_of(side.family);
            const std::string& host = bridge.isolated ? side.gateway : side.network;
            line({"pass in", on, word, " from ", side.network, " to ", host, " no state"});
            line({"pass out", on, word, " from ", host, " to ", side.network, " no state"});
        }
    }

    void add_outward(const PfBridge& bridge) {
        for (const Side& side : sides(bridge)) {
            const std::string on =
                " quick on " + in_quotes(bridge.link) + " " + std::string(word_of(side.family));
            line("pass in" + on + " from " + side.network + " to any keep state");
            line("pass out" + on + " from any to " + side.network + " keep state");
        }
        // What is answered comes back in by the way it went, and a translation that would know it there is
        // none. Not quick: the host's own rules behind the anchor have the last word.
        if (bridge.routed && bridge.ipv6)
            line("pass out on ! " + bridges_ + " inet6 from " + core::to_string(bridge.ipv6->network) +
                 " to any keep state");
    }

    /// What neighbours find each other by.
    void add_neighbours() {
        const std::string near =
            "{ " + std::string(link_local_network) + ", " + std::string(multicast_network) + " }";
        line("block drop in quick on " + bridges_ + " inet6 proto icmp6 icmp6-type { routeradv, redir }");
        line("pass in quick on " + bridges_ + " inet6 from { ::, " + std::string(link_local_network) +
             " } to " + near + " no state");
        line("pass in quick on " + bridges_ + " inet6 from <pots> to " + near + " no state");
        line("pass out quick on " + bridges_ + " inet6 from any to " + near + " no state");
    }

    const PfRules& rules_;
    std::string bridges_, cables_, text_;
    std::vector<std::string> local_;
};

}  // namespace

std::string pf_rules(const PfRules& rules) {
    return rules.bridges.empty() ? std::string() : Writer(rules).text();
}

std::vector<std::string_view> missing_anchors(std::string_view nat, std::string_view rules) {
    const auto has = [](std::string_view text, std::string_view line) {
        const auto lines = split(text, '\n');
        return std::any_of(lines.begin(), lines.end(),
                           [&](std::string_view one) { return one.starts_with(line); });
    };
    std::vector<std::string_view> missing;
    for (const std::string_view line : anchor_lines) {
        if (!has(line.starts_with("anchor") ? rules : nat, line)) missing.push_back(line);
    }
    return missing;
}

core::Status check_pf(std::string_view info, std::string_view nat, std::string_view rules) {
    const auto missing = missing_anchors(nat, rules);
    std::string lines;
    for (const std::string_view line : missing) lines += (lines.empty() ? "" : "; ") + std::string(line);
    if (!missing.empty())
        return core::error(core::ErrorKind::Unsupported,
                           "the rules of pf do not lead to potd's; /etc/pf.conf needs: " + lines +
                               " (then service pf reload)");
    if (info.find("Status: Enabled") == std::string_view::npos)
        return core::error(core::ErrorKind::Unsupported,
                           "pf is off; service pf enable, then service pf start");
    return {};
}

}  // namespace potd::platform
