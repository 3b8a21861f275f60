#include "core/model/bridge.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace potd::core {
namespace {

using ::testing::HasSubstr;

IpNetwork network(const std::string& text) {
    const auto parsed = parse_ip_network(text, "network");
    EXPECT_TRUE(parsed) << text;
    return parsed ? *parsed : IpNetwork{};
}

BridgePools pools() {
    return {network("10.192.0.0/10"), 16, network("fd12:3456::/48")};
}

std::string shown(const std::optional<BridgeNetwork>& side) {
    return side ? to_string(side->network) + " by " + to_string(side->gateway) : "none";
}

struct Refusal {
    ErrorKind kind = ErrorKind::Internal;
    std::string field, message;
};

Refusal refusal(const BridgeRequest& request, const std::vector<TakenNetwork>& taken = {}) {
    const auto planned = plan_bridge(request, pools(), taken);
    EXPECT_FALSE(planned);
    if (planned) return {};
    return {planned.error().kind, planned.error().field, planned.error().message};
}

BridgeRequest named(const std::string& name) {
    BridgeRequest request;
    request.name = name;
    return request;
}

TEST(BridgeTest, ThePublicOneBeginsWhereThePoolDoes) {
    const auto bridge = plan_bridge(named("public"), pools(), {});
    ASSERT_TRUE(bridge);
    EXPECT_EQ(shown(bridge->ipv4), "10.192.0.0/16 by 10.192.0.1") << "pot's gateway";
    EXPECT_EQ(shown(bridge->ipv6), "fd12:3456::/64 by fd12:3456::1");
}

TEST(BridgeTest, PrivateOnesFollowIt) {
    BridgeRequest request = named("web");
    request.hosts = 6;
    const auto first = plan_bridge(request, pools(), {});
    ASSERT_TRUE(first);
    EXPECT_EQ(shown(first->ipv4), "10.193.0.0/29 by 10.193.0.1") << "the public one need not be there yet";
    const std::vector<TakenNetwork> taken{{first->ipv4->network, "bridge web"},
                                          {first->ipv6->network, "bridge web"}};
    const auto second = plan_bridge(request, pools(), taken);
    ASSERT_TRUE(second);
    EXPECT_EQ(shown(second->ipv4), "10.193.0.8/29 by 10.193.0.9");
    EXPECT_EQ(shown(second->ipv6), "fd12:3456:0:1::/64 by fd12:3456:0:1::1");
}

TEST(BridgeTest, WhatTheHostReachesIsPassedOver) {
    const auto bridge = plan_bridge(named("web"), pools(), {{network("10.193.0.0/16"), "the host's eth1"}});
    ASSERT_TRUE(bridge);
    EXPECT_EQ(shown(bridge->ipv4), "10.194.0.0/24 by 10.194.0.1");
}

TEST(BridgeTest, NetworksThatAreGivenAreTaken) {
    BridgeRequest request = named("web");
    request.ipv4 = network("192.168.7.0/24");
    request.without_ipv6 = true;
    request.isolated = true;
    const auto bridge = plan_bridge(request, pools(), {});
    ASSERT_TRUE(bridge);
    EXPECT_EQ(shown(bridge->ipv4), "192.168.7.0/24 by 192.168.7.1");
    EXPECT_EQ(shown(bridge->ipv6), "none");
    EXPECT_TRUE(bridge->isolated);
}

TEST(BridgeTest, WhatIsRoutedIsANetworkOfIpv6) {
    BridgeRequest request = named("web");
    request.routed = true;
    request.ipv6 = network("2001:db8:7::/64");
    const auto bridge = plan_bridge(request, pools(), {});
    ASSERT_TRUE(bridge);
    EXPECT_TRUE(bridge->routed);
    request.ipv6.reset();
    EXPECT_TRUE(plan_bridge(request, pools(), {})) << "one of the pool";
    request.without_ipv6 = true;
    EXPECT_EQ(refusal(request).field, "routed");
    BridgePools without = pools();
    without.ipv6.reset();
    request.without_ipv6 = false;
    EXPECT_EQ(plan_bridge(request, without, {}).error().field, "routed");
    request.uplink = "eth1";
    EXPECT_EQ(refusal(request).field, "routed");
}

TEST(BridgeTest, AnOverlapIsRefusedByName) {
    BridgeRequest request = named("web");
    request.ipv4 = network("10.0.0.0/8");
    const Refusal clash = refusal(request, {{network("10.5.0.0/16"), "the host's eth0"}});
    EXPECT_EQ(clash.kind, ErrorKind::Conflict);
    EXPECT_EQ(clash.field, "ipv4");
    EXPECT_THAT(clash.message, HasSubstr("10.0.0.0/8 overlaps 10.5.0.0/16 of the host's eth0"));
}

TEST(BridgeTest, BadWishesAreRefusedByField) {
    BridgeRequest request = named("web");
    request.ipv4 = network("10.0.0.1/32");
    EXPECT_EQ(refusal(request).field, "ipv4") << "no room for a pot";
    request.ipv4 = network("0.0.0.0/0");
    EXPECT_EQ(refusal(request).field, "ipv4");
    request.ipv4 = network("fd00::/64");
    EXPECT_EQ(refusal(request).field, "ipv4") << "the other family";
    for (const char* of_no_hosts : {"224.0.0.0/8", "127.0.0.0/8", "0.0.0.0/8"}) {
        request.ipv4 = network(of_no_hosts);
        EXPECT_EQ(refusal(request).field, "ipv4") << of_no_hosts;
    }
    request.ipv4.reset();
    for (const char* of_no_hosts : {"ff00::/64", "fe80::/64", "::/64"}) {
        request.ipv6 = network(of_no_hosts);
        EXPECT_EQ(refusal(request).field, "ipv6") << of_no_hosts;
    }
    request.ipv6.reset();
    request.ipv4 = network("10.0.0.0/24");
    request.hosts = 6;
    EXPECT_EQ(refusal(request).field, "hosts") << "both";
    request.ipv4.reset();
    for (const std::uint64_t hosts : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{1} << 40U}) {
        request.hosts = hosts;
        EXPECT_EQ(refusal(request).field, "hosts") << hosts;
    }
    request.hosts.reset();
    request.without_ipv4 = request.without_ipv6 = true;
    EXPECT_EQ(refusal(request).kind, ErrorKind::InvalidArgument);
}

TEST(BridgeTest, AFullPoolSaysSo) {
    const Refusal full = refusal(named("web"), {{network("10.0.0.0/8"), "the host's eth0"}});
    EXPECT_EQ(full.kind, ErrorKind::ResourceExhausted);
    EXPECT_THAT(full.message, HasSubstr("10.192.0.0/10"));
}

TEST(BridgeTest, WithAnUplinkItHasNoNetworks) {
    BridgeRequest request = named("lan");
    request.uplink = "eth1";
    const auto bridge = plan_bridge(request, pools(), {});
    ASSERT_TRUE(bridge);
    EXPECT_EQ(bridge->uplink, "eth1");
    EXPECT_FALSE(bridge->ipv4 || bridge->ipv6);
    request.without_ipv4 = request.without_ipv6 = true;
    EXPECT_TRUE(plan_bridge(request, pools(), {}));
    request.ipv4 = network("10.20.0.0/24");
    EXPECT_EQ(refusal(request).field, "ipv4");
    request.ipv4.reset();
    request.ipv6 = network("fd20::/64");
    EXPECT_EQ(refusal(request).field, "ipv6");
    request.ipv6.reset();
    request.hosts = 30;
    EXPECT_EQ(refusal(request).field, "hosts");
    request.hosts.reset();
    request.uplink = "an-interface-too-long";
    EXPECT_EQ(refusal(request).field, "uplink");
}

}  // namespace
}  // namespace potd::core
