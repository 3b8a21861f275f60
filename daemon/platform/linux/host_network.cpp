#include "daemon/platform/linux/host_network.hpp"

#include "daemon/platform/linux/netlink_socket.hpp"

#include <algorithm>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <linux/if_addr.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

namespace potd::platform {
namespace {

using NetlinkBytes = std::span<const std::byte>;

std::optional<core::IpAddress> address_of(NetlinkBytes bytes) {
    if (bytes.size() != 4 && bytes.size() != 16) return std::nullopt;
    core::IpAddress address;
    address.family = bytes.size() == 4 ? core::IpAddress::Family::V4 : core::IpAddress::Family::V6;
    std::memcpy(address.bytes.data(), bytes.data(), bytes.size());
    return address;
}

std::uint32_t number_of(NetlinkBytes bytes) {
    std::uint32_t number = 0;
    if (bytes.size() == sizeof number) std::memcpy(&number, bytes.data(), sizeof number);
    return number;
}

std::string text_of(NetlinkBytes bytes) {
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return std::string(text.substr(0, text.find('\0')));
}

std::string kind_of(NetlinkBytes info) {
    return text_of(NetlinkPart{0, info}.attribute(0, IFLA_INFO_KIND));
}

/// Fills one HostNetwork from three dumps.
class Reading {
  public:
    core::Result<HostNetwork> read() {
        auto socket = NetlinkSocket::open();
        if (!socket) return std::move(socket).error();
        NetlinkMessage all_links(RTM_GETLINK, NLM_F_DUMP), all_addresses(RTM_GETADDR, NLM_F_DUMP),
            all_routes(RTM_GETROUTE, NLM_F_DUMP);
        all_links.header(ifinfomsg{});
        all_addresses.header(ifaddrmsg{});
        all_routes.header(rtmsg{});
        core::Status done = socket->dump(all_links, [this](const NetlinkPart& part) { take_link(part); });
        if (done) done = socket->dump(all_addresses, [this](const NetlinkPart& part) { take_address(part); });
        if (done) done = socket->dump(all_routes, [this](const NetlinkPart& part) { take_route(part); });
        if (!done) return std::move(done).error();
        add_gateways();
        return std::move(network_);
    }

  private:
    struct Route {
        std::uint32_t index, metric;
        core::IpAddress gateway;
    };

    HostInterface* find(std::uint32_t index) {
        const auto found = std::find_if(network_.interfaces.begin(), network_.interfaces.end(),
                                        [&](const HostInterface& one) { return one.index == index; });
        return found == network_.interfaces.end() ? nullptr : &*found;
    }

    void take_link(const NetlinkPart& part) {
        if (part.type != RTM_NEWLINK) return;
        const auto name = part.attribute(sizeof(ifinfomsg), IFLA_IFNAME);
        if (name.empty()) return;
        HostInterface& one = network_.interfaces.emplace_back();
        one.index = static_cast<std::uint32_t>(part.header<ifinfomsg>().ifi_index);
        one.name = text_of(name);
        one.ethernet = part.header<ifinfomsg>().ifi_type == ARPHRD_ETHER;
        one.kind = kind_of(part.attribute(sizeof(ifinfomsg), IFLA_LINKINFO));
        const unsigned flags = part.header<ifinfomsg>().ifi_flags;
        one.up = (flags & IFF_UP) != 0;
        one.loopback = (flags & IFF_LOOPBACK) != 0;
        one.master = number_of(part.attribute(sizeof(ifinfomsg), IFLA_MASTER));
        const auto hardware = part.attribute(sizeof(ifinfomsg), IFLA_ADDRESS);
        if (hardware.size() == one.hardware.size())
            std::memcpy(one.hardware.data(), hardware.data(), hardware.size());
        one.alias = text_of(part.attribute(sizeof(ifinfomsg), IFLA_IFALIAS));
    }

    void take_address(const NetlinkPart& part) {
        if (part.type != RTM_NEWADDR) return;
        const auto header = part.header<ifaddrmsg>();
        // Of a point-to-point link IFA_ADDRESS is the other end's.
        auto bytes = part.attribute(sizeof header, IFA_LOCAL);
        if (bytes.empty()) bytes = part.attribute(sizeof header, IFA_ADDRESS);
        const auto address = address_of(bytes);
        HostInterface* const one = find(header.ifa_index);
        if (address && one != nullptr) one->addresses.push_back({*address, header.ifa_prefixlen});
    }

    void take_route(const NetlinkPart& part) {
        if (part.type != RTM_NEWROUTE) return;
        const auto header = part.header<rtmsg>();
        if (header.rtm_table != RT_TABLE_MAIN || header.rtm_type != RTN_UNICAST) return;
        if (header.rtm_dst_len != 0) return take_destination(part, header);
        note_default(number_of(part.attribute(sizeof header, RTA_OIF)));
        note_next_hops(part.attribute(sizeof header, RTA_MULTIPATH));
        const auto gateway = address_of(part.attribute(sizeof header, RTA_GATEWAY));
        if (!gateway) return;
        routes_.push_back({number_of(part.attribute(sizeof header, RTA_OIF)),
                           number_of(part.attribute(sizeof header, RTA_PRIORITY)), *gateway});
    }

    void note_default(std::uint32_t index) {
        if (HostInterface* const one = find(index)) one->default_route = true;
    }

    /// Of a route by several interfaces.
    void note_next_hops(NetlinkBytes hops) {
        rtnexthop hop{};
        while (hops.size() >= sizeof hop) {
            std::memcpy(&hop, hops.data(), sizeof hop);
            note_default(static_cast<std::uint32_t>(hop.rtnh_ifindex));
            const std::size_t size = RTNH_ALIGN(hop.rtnh_len);
            if (size < sizeof hop || size > hops.size()) return;
            hops = hops.subspan(size);
        }
    }

    void take_destination(const NetlinkPart& part, const rtmsg& header) {
        const auto first = address_of(part.attribute(sizeof header, RTA_DST));
        HostInterface* const one = find(number_of(part.attribute(sizeof header, RTA_OIF)));
        if (first && one != nullptr) one->routes.push_back({*first, header.rtm_dst_len});
    }

    void add_gateways() {
        std::stable_sort(routes_.begin(), routes_.end(),
                         [](const Route& left, const Route& right) { return left.metric < right.metric; });
        for (const Route& route : routes_) {
            if (HostInterface* const one = find(route.index)) one->gateways.push_back(route.gateway);
        }
    }

    HostNetwork network_;
    std::vector<Route> routes_;
};

}  // namespace

core::Result<HostNetwork> read_host_network() {
    return Reading().read();
}

}  // namespace potd::platform
