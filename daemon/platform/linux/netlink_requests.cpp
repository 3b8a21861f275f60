#include "daemon/platform/linux/netlink_requests.hpp"

#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sys/socket.h>

namespace potd::platform {
namespace {

std::uint8_t family_of(std::span<const std::byte> address) {
    return address.size() == 4 ? AF_INET : AF_INET6;
}

}  // namespace

NetlinkMessage create_link(LinkKind kind, std::uint32_t parent, std::string_view name, int namespace_fd,
                           std::span<const std::byte> hardware) {
    const bool macvlan = kind == LinkKind::Macvlan;
    NetlinkMessage message(RTM_NEWLINK, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL);
    message.header(ifinfomsg{});
    message.text(IFLA_IFNAME, name);
    message.number(IFLA_LINK, parent);
    message.number(IFLA_NET_NS_FD, static_cast<std::uint32_t>(namespace_fd));
    if (macvlan) message.attribute(IFLA_ADDRESS, hardware.data(), hardware.size());
    const std::size_t info = message.begin(IFLA_LINKINFO);
    message.text(IFLA_INFO_KIND, macvlan ? "macvlan" : "ipvlan");
    const std::size_t data = message.begin(IFLA_INFO_DATA);
    if (macvlan) {
        message.number(IFLA_MACVLAN_MODE, MACVLAN_MODE_BRIDGE);
    } else {
        constexpr std::uint16_t mode = IPVLAN_MODE_L2;
        message.attribute(IFLA_IPVLAN_MODE, &mode, sizeof mode);
    }
    message.end(data);
    message.end(info);
    return message;
}

NetlinkMessage create_cable(std::string_view host_name, std::uint32_t bridge, std::string_view name,
                            int namespace_fd, std::span<const std::byte> hardware) {
    NetlinkMessage message(RTM_NEWLINK, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL);
    ifinfomsg up{};
    up.ifi_flags = up.ifi_change = IFF_UP;
    message.header(up);
    message.text(IFLA_IFNAME, host_name);
    message.number(IFLA_MASTER, bridge);
    const std::size_t info = message.begin(IFLA_LINKINFO);
    message.text(IFLA_INFO_KIND, "veth");
    const std::size_t data = message.begin(IFLA_INFO_DATA);
    const std::size_t peer = message.begin(VETH_INFO_PEER);
    message.header(ifinfomsg{});
    message.text(IFLA_IFNAME, name);
    message.number(IFLA_NET_NS_FD, static_cast<std::uint32_t>(namespace_fd));
    message.attribute(IFLA_ADDRESS, hardware.data(), hardware.size());
    message.end(peer);
    message.end(data);
    message.end(info);
    return message;
}

NetlinkMessage set_member(std::uint32_t index, bool isolated) {
    NetlinkMessage message(RTM_SETLINK, NLM_F_ACK);
    ifinfomsg link{};
    link.ifi_family = AF_BRIDGE;
    link.ifi_index = static_cast<int>(index);
    message.header(link);
    const std::size_t port = message.begin(IFLA_PROTINFO | NLA_F_NESTED);
    const std::uint8_t hairpin = 1;
    const std::uint8_t apart = isolated ? 1 : 0;
    message.attribute(IFLA_BRPORT_MODE, &hairpin, sizeof hairpin);
    message.attribute(IFLA_BRPORT_ISOLATED, &apart, sizeof apart);
    message.end(port);
    return message;
}

NetlinkMessage join_bridge(std::uint32_t index, std::uint32_t bridge) {
    NetlinkMessage message(RTM_SETLINK, NLM_F_ACK);
    ifinfomsg link{};
    link.ifi_index = static_cast<int>(index);
    message.header(link);
    message.number(IFLA_MASTER, bridge);
    return message;
}

NetlinkMessage create_bridge(std::string_view name, std::span<const std::byte> hardware) {
    NetlinkMessage message(RTM_NEWLINK, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL);
    message.header(ifinfomsg{});
    message.text(IFLA_IFNAME, name);
    message.attribute(IFLA_ADDRESS, hardware.data(), hardware.size());
    const std::size_t info = message.begin(IFLA_LINKINFO);
    message.text(IFLA_INFO_KIND, "bridge");
    message.end(info);
    return message;
}

NetlinkMessage set_alias(std::string_view name, std::string_view alias) {
    NetlinkMessage message(RTM_SETLINK, NLM_F_ACK);
    message.header(ifinfomsg{});
    message.text(IFLA_IFNAME, name);
    message.attribute(IFLA_IFALIAS, alias.data(), alias.size());
    return message;
}

NetlinkMessage remove_link(std::uint32_t index) {
    NetlinkMessage message(RTM_DELLINK, NLM_F_ACK);
    ifinfomsg link{};
    link.ifi_index = static_cast<int>(index);
    message.header(link);
    return message;
}

NetlinkMessage find_link(std::string_view name) {
    NetlinkMessage message(RTM_GETLINK, 0);
    message.header(ifinfomsg{});
    message.text(IFLA_IFNAME, name);
    return message;
}

NetlinkMessage raise_link(std::uint32_t index) {
    NetlinkMessage message(RTM_NEWLINK, NLM_F_ACK);
    ifinfomsg link{};
    link.ifi_index = static_cast<int>(index);
    link.ifi_flags = link.ifi_change = IFF_UP;
    message.header(link);
    return message;
}

NetlinkMessage lower_link(std::uint32_t index) {
    NetlinkMessage message(RTM_NEWLINK, NLM_F_ACK);
    ifinfomsg link{};
    link.ifi_index = static_cast<int>(index);
    link.ifi_change = IFF_UP;
    message.header(link);
    return message;
}

NetlinkMessage rename_link(std::uint32_t index, std::string_view name) {
    NetlinkMessage message(RTM_SETLINK, NLM_F_ACK);
    ifinfomsg link{};
    link.ifi_index = static_cast<int>(index);
    message.header(link);
    message.text(IFLA_IFNAME, name);
    return message;
}

NetlinkMessage move_link(std::uint32_t index, int namespace_fd, std::string_view name) {
    NetlinkMessage message = rename_link(index, name);
    message.number(IFLA_NET_NS_FD, static_cast<std::uint32_t>(namespace_fd));
    return message;
}

NetlinkMessage add_address(std::uint32_t index, std::span<const std::byte> bytes, std::uint8_t prefix) {
    NetlinkMessage message(RTM_NEWADDR, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL);
    ifaddrmsg address{};
    address.ifa_family = family_of(bytes);
    address.ifa_prefixlen = prefix;
    address.ifa_flags = address.ifa_family == AF_INET6 ? IFA_F_NODAD : 0;
    address.ifa_index = index;
    message.header(address);
    message.attribute(IFA_LOCAL, bytes.data(), bytes.size());
    message.attribute(IFA_ADDRESS, bytes.data(), bytes.size());
    return message;
}

NetlinkMessage add_default_route(std::uint32_t index, std::span<const std::byte> gateway) {
    NetlinkMessage message(RTM_NEWROUTE, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL);
    rtmsg route{};
    route.rtm_family = family_of(gateway);
    route.rtm_table = RT_TABLE_MAIN;
    route.rtm_protocol = RTPROT_STATIC;
    route.rtm_scope = RT_SCOPE_UNIVERSE;
    route.rtm_type = RTN_UNICAST;
    message.header(route);
    message.attribute(RTA_GATEWAY, gateway.data(), gateway.size());
    message.number(RTA_OIF, index);
    return message;
}

}  // namespace potd::platform
