#include "daemon/platform/linux/netlink_message.hpp"

#include "daemon/platform/linux/netlink_requests.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

namespace potd::platform {
namespace {

using Bytes = std::span<const std::byte>;

/// The message as the kernel would read it.
NetlinkPart read_back(NetlinkMessage& message) {
    EXPECT_TRUE(message.ok());
    Bytes rest = message.bytes();
    NetlinkPart part;
    EXPECT_TRUE(take_netlink_part(rest, part));
    EXPECT_TRUE(rest.empty()) << "the length is that of the whole";
    return part;
}

std::string text_of(Bytes bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::uint32_t number_of(Bytes bytes) {
    std::uint32_t number = 0;
    EXPECT_EQ(bytes.size(), sizeof number);
    if (bytes.size() == sizeof number) std::memcpy(&number, bytes.data(), sizeof number);
    return number;
}

TEST(NetlinkMessageTest, ALinkIsMadeInAnotherNamespace) {
    constexpr std::byte hardware[6] = {std::byte{2}, {}, {}, {}, {}, std::byte{7}};
    auto message = create_link(LinkKind::Macvlan, 3, "eth0", 9, hardware);
    const NetlinkPart part = read_back(message);
    EXPECT_EQ(part.type, RTM_NEWLINK);
    constexpr std::size_t header = sizeof(ifinfomsg);
    EXPECT_EQ(text_of(part.attribute(header, IFLA_IFNAME)), std::string("eth0\0", 5)) << "with its NUL";
    EXPECT_EQ(number_of(part.attribute(header, IFLA_LINK)), 3U);
    EXPECT_EQ(number_of(part.attribute(header, IFLA_NET_NS_FD)), 9U);
    EXPECT_EQ(part.attribute(header, IFLA_ADDRESS).size(), 6U);
    const NetlinkPart info{0, part.attribute(header, IFLA_LINKINFO)};
    EXPECT_EQ(text_of(info.attribute(0, IFLA_INFO_KIND)), std::string("macvlan\0", 8));
    const NetlinkPart data{0, info.attribute(0, IFLA_INFO_DATA)};
    EXPECT_EQ(number_of(data.attribute(0, IFLA_MACVLAN_MODE)), MACVLAN_MODE_BRIDGE);
    auto ipvlan = create_link(LinkKind::Ipvlan, 3, "eth0", 9, hardware);
    const NetlinkPart other = read_back(ipvlan);
    EXPECT_TRUE(other.attribute(header, IFLA_ADDRESS).empty()) << "it has that of its parent";
    EXPECT_EQ(text_of(NetlinkPart{0, other.attribute(header, IFLA_LINKINFO)}.attribute(0, IFLA_INFO_KIND)),
              std::string("ipvlan\0", 7));
}

TEST(NetlinkMessageTest, AnIpv6AddressIsUsableAtOnce) {
    const std::vector<std::byte> four(4, std::byte{10}), six(16, std::byte{0xfd});
    auto message = add_address(2, six, 64);
    const NetlinkPart part = read_back(message);
    EXPECT_EQ(part.type, RTM_NEWADDR);
    const auto header = part.header<ifaddrmsg>();
    EXPECT_EQ(header.ifa_family, AF_INET6);
    EXPECT_EQ(header.ifa_prefixlen, 64);
    EXPECT_EQ(header.ifa_index, 2U);
    EXPECT_EQ(header.ifa_flags, IFA_F_NODAD);
    EXPECT_EQ(part.attribute(sizeof header, IFA_LOCAL).size(), 16U);
    auto other = add_address(2, four, 24);
    EXPECT_EQ(read_back(other).header<ifaddrmsg>().ifa_family, AF_INET);
    EXPECT_EQ(read_back(other).header<ifaddrmsg>().ifa_flags, 0);
}

TEST(NetlinkMessageTest, ADefaultRouteHasNoDestination) {
    const std::vector<std::byte> gateway(4, std::byte{10});
    auto message = add_default_route(2, gateway);
    const NetlinkPart part = read_back(message);
    EXPECT_EQ(part.header<rtmsg>().rtm_dst_len, 0);
    EXPECT_EQ(part.attribute(sizeof(rtmsg), RTA_GATEWAY).size(), 4U);
    EXPECT_EQ(number_of(part.attribute(sizeof(rtmsg), RTA_OIF)), 2U);
}

TEST(NetlinkMessageTest, TextsOfEveryLengthComeBack) {
    for (std::size_t size = 0; size < 9; ++size) {
        NetlinkMessage message(RTM_GETLINK, 0);
        message.text(IFLA_IFNAME, std::string(size, 'x'));
        message.number(IFLA_LINK, 7);
        const NetlinkPart part = read_back(message);
        EXPECT_EQ(text_of(part.attribute(0, IFLA_IFNAME)), std::string(size, 'x') + '\0');
        EXPECT_EQ(number_of(part.attribute(0, IFLA_LINK)), 7U);
    }
}

TEST(NetlinkMessageTest, WhatDoesNotFitIsNotSent) {
    NetlinkMessage message(RTM_NEWLINK, 0);
    message.text(IFLA_IFNAME, std::string(NetlinkMessage::capacity, 'x'));
    EXPECT_FALSE(message.ok());
    NetlinkMessage many(RTM_NEWLINK, 0);
    for (int i = 0; i < 200; ++i) many.number(IFLA_LINK, 1);
    EXPECT_FALSE(many.ok());
    EXPECT_LE(many.bytes().size(), NetlinkMessage::capacity);
}

TEST(NetlinkMessageTest, AnswersThatAreCutShortAreNotRead) {
    struct {
        nlmsghdr header;
        nlmsgerr body;
    } refusal{};
    refusal.header.nlmsg_len = sizeof refusal;
    refusal.header.nlmsg_type = NLMSG_ERROR;
    refusal.body.error = -17;
    const Bytes whole = std::as_bytes(std::span(&refusal, 1));
    Bytes rest = whole;
    NetlinkPart part;
    ASSERT_TRUE(take_netlink_part(rest, part));
    EXPECT_EQ(part.error(), -17);
    for (std::size_t size = 0; size < whole.size(); ++size) {
        rest = whole.first(size);
        EXPECT_FALSE(take_netlink_part(rest, part)) << size;
    }
    const nlattr liar{200, IFLA_IFNAME};
    part.payload = std::as_bytes(std::span(&liar, 1));
    EXPECT_TRUE(part.attribute(0, IFLA_IFNAME).empty());
    const nlattr empty{0, IFLA_IFNAME};
    part.payload = std::as_bytes(std::span(&empty, 1));
    EXPECT_TRUE(part.attribute(0, IFLA_IFNAME).empty()) << "and it ends";
}

}  // namespace
}  // namespace potd::platform
