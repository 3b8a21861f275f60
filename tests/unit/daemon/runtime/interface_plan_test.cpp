#include "daemon/platform/linux/interface_plan.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace potd::platform {
namespace {

core::IpAddress address(const char* text) {
    return *core::parse_ip_address(text);
}
core::InterfaceAddress with_prefix(const char* text) {
    return *core::parse_interface_address(text, "test");
}

/// A host with two interfaces, both families, and a way out by each.
HostNetwork some_host() {
    return {{{1, "lo", {{address("127.0.0.1"), 8}, {address("::1"), 128}}, {}},
             {4,
              "eth0",
              {with_prefix("10.0.0.1/24"),
               with_prefix("10.0.0.7/16"),
               with_prefix("2001:db8::1/64"),
               {address("fe80::1"), 64}},
              {address("10.0.0.254"), address("10.9.0.254"), address("fe80::99")}},
             {5, "eth1", {with_prefix("10.1.0.1/24")}, {address("10.1.0.254")}}}};
}

core::NetworkSpec alias(const std::vector<std::pair<std::string, std::vector<const char*>>>& interfaces) {
    core::NetworkSpec network;
    network.type = core::NetworkType::Alias;
    for (const auto& [name, addresses] : interfaces) {
        auto& one = network.interfaces.emplace_back();
        one.interface = name;
        for (const char* text : addresses) one.addresses.push_back(with_prefix(text));
    }
    return network;
}

std::vector<std::string> texts(const std::vector<core::InterfaceAddress>& addresses) {
    std::vector<std::string> all;
    all.reserve(addresses.size());
    for (const auto& one : addresses) all.push_back(core::to_string(one));
    return all;
}

TEST(InterfacePlanTest, AnAddressTakesThePrefixOfTheHostsNetwork) {
    const auto plan = plan_interfaces(
        alias(
            {{"eth0", {"10.0.0.2", "10.0.3.2", "192.168.0.2", "10.0.0.6/30", "2001:db8::2", "2001:db9::2"}}}),
        {"0123456789ab"}, some_host());
    ASSERT_TRUE(plan) << plan.error().message;
    ASSERT_EQ(plan->size(), 1U);
    EXPECT_EQ(plan->front().parent, 4U);
    EXPECT_EQ(plan->front().name, "eth0");
    EXPECT_EQ(texts(plan->front().addresses),
              (std::vector<std::string>{"10.0.0.2/24", "10.0.3.2/16", "192.168.0.2/32", "10.0.0.6/30",
                                        "2001:db8::2/64", "2001:db9::2/128"}));
}

TEST(InterfacePlanTest, TheWayOutIsTheFirstGatewayThatIsANeighbour) {
    const auto gateways = [](const core::NetworkSpec& network) {
        std::vector<std::string> all;
        const auto plan = plan_interfaces(network, {"0123456789ab"}, some_host());
        EXPECT_TRUE(plan) << plan.error().message;
        for (const auto& one : *plan) {
            for (const auto& gateway : one.gateways) all.push_back(one.name + " " + core::to_string(gateway));
        }
        return all;
    };
    using Texts = std::vector<std::string>;
    EXPECT_EQ(gateways(alias({{"eth0", {"10.0.0.2"}}})), Texts{"eth0 10.0.0.254"});
    EXPECT_EQ(gateways(alias({{"eth0", {"10.9.0.2/24"}}})), Texts{"eth0 10.9.0.254"});
    EXPECT_EQ(gateways(alias({{"eth0", {"192.168.0.2/24"}}})), Texts{});
    EXPECT_EQ(gateways(alias({{"eth0", {"192.168.0.2", "2001:db8::2"}}})), Texts{"eth0 fe80::99"});
    EXPECT_EQ(gateways(alias({{"eth1", {"10.1.0.2"}}, {"eth0", {"10.0.0.2", "2001:db8::2"}}})),
              (Texts{"eth1 10.1.0.254", "eth0 fe80::99"}))
        << "one a family, of the interface that is named first";
}

TEST(InterfacePlanTest, TheHardwareAddressIsThatOfPotAndInterface) {
    const auto hardware = [](const char* pot, const char* interface, const char* ip) {
        const auto plan = plan_interfaces(alias({{interface, {ip}}}), {pot}, some_host());
        return plan->front().hardware;
    };
    const auto one = hardware("0123456789ab", "eth0", "10.0.0.2");
    EXPECT_EQ(one, hardware("0123456789ab", "eth0", "10.0.0.3"));
    EXPECT_NE(one, hardware("0123456789ac", "eth0", "10.0.0.2"));
    EXPECT_NE(one, hardware("0123456789ab", "eth1", "10.1.0.2"));
    EXPECT_EQ(one[0] & 3U, 2U) << "locally administered, of one station";
}

TEST(InterfacePlanTest, RefusesWhatTheHostHasNotOrHasItself) {
    const auto refused = [](const core::NetworkSpec& network) {
        const auto plan = plan_interfaces(network, {"0123456789ab"}, some_host());
        if (plan) return std::string("accepted");
        EXPECT_EQ(plan.error().kind, core::ErrorKind::Conflict);
        return plan.error().field + " " + plan.error().message;
    };
    EXPECT_EQ(
        refused(alias({{"eth0", {"10.0.0.2"}}, {"eth9", {"10.9.0.2"}}})),
        "network.interfaces[1].interface network.interfaces[1].interface: the host has no interface 'eth9'");
    EXPECT_TRUE(refused(alias({{"lo", {"10.0.0.2"}}})).starts_with("network.interfaces[0].interface"));
    const std::string taken = refused(alias({{"eth0", {"10.0.0.2", "10.1.0.1"}}}));
    EXPECT_TRUE(taken.starts_with("network.interfaces[0].addresses[1]")) << taken;
    EXPECT_NE(taken.find("10.1.0.1 already, on eth1"), std::string::npos) << taken;
}

}  // namespace
}  // namespace potd::platform
