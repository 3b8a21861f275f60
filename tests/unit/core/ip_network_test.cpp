#include "core/model/ip_network.hpp"

#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace potd::core {
namespace {

IpNetwork net(const std::string& text) {
    const auto parsed = parse_ip_network(text, "network");
    EXPECT_TRUE(parsed) << text;
    return parsed ? *parsed : IpNetwork{};
}

IpAddress address(const std::string& text) {
    return parse_ip_address(text).value_or(IpAddress{});
}

std::string why(const std::string& text) {
    const auto parsed = parse_ip_network(text, "ipv4");
    EXPECT_FALSE(parsed) << text;
    return parsed ? "" : parsed.error().message;
}

TEST(IpNetworkTest, ReadsAndWrites) {
    for (const char* text : {"10.192.0.0/10", "0.0.0.0/0", "10.0.0.1/32", "fd00:1::/64", "::/0", "fe80::/10"})
        EXPECT_EQ(to_string(net(text)), text);
    EXPECT_NE(why("10.192.0.0").find("10.192.0.0/10"), std::string::npos) << "an example of what is expected";
    EXPECT_NE(why("10.192.0.0/33").find("0 to 32"), std::string::npos);
    EXPECT_NE(why("fd00::/129").find("0 to 128"), std::string::npos);
    EXPECT_NE(why("10.192.0.5/24").find("10.192.0.0/24"), std::string::npos) << "what was meant";
    for (const char* text : {"", "/8", "10.0.0.0/", "10.0.0.0/8/9", "10.0.0.0/-1", "10.0.0.0/8 ", "x/8"})
        why(text);
}

TEST(IpNetworkTest, KnowsItsHosts) {
    EXPECT_EQ(host_count(net("10.0.0.0/24")), 254U);
    EXPECT_EQ(host_count(net("10.0.0.0/30")), 2U);
    EXPECT_EQ(host_count(net("10.0.0.0/31")), 2U);
    EXPECT_EQ(host_count(net("10.0.0.7/32")), 1U);
    EXPECT_EQ(host_count(net("10.192.0.0/10")), (1U << 22U) - 2);
    EXPECT_EQ(host_count(net("fd00::/112")), 65535U);
    EXPECT_GT(host_count(net("fd00::/48")), std::uint64_t{1} << 60U);
    EXPECT_EQ(to_string(host_at(net("10.192.0.0/10"), 1)), "10.192.0.1");
    EXPECT_EQ(to_string(host_at(net("10.0.0.0/16"), 256)), "10.0.1.0") << "an address like any other";
    EXPECT_EQ(to_string(host_at(net("10.0.0.0/31"), 1)), "10.0.0.0");
    EXPECT_EQ(to_string(host_at(net("fd00::/64"), 65536)), "fd00::1:0");
    EXPECT_EQ(host_number(net("10.0.0.0/24"), address("10.0.0.254")), 254U);
    for (const char* none : {"10.0.0.0", "10.0.0.255", "10.0.1.1", "fd00::1"})
        EXPECT_FALSE(host_number(net("10.0.0.0/24"), address(none))) << none;
    EXPECT_FALSE(host_number(net("fd00::/64"), address("fd00::"))) << "anycast of the routers";
    EXPECT_FALSE(host_number(net("fd00::/32"), address("fd00:0:ffff:ffff::1"))) << "too far to be counted";
}

TEST(IpNetworkTest, NumbersOfHostsAreThereAndBack) {
    std::mt19937 random(1);
    for (const char* text :
         {"10.0.0.0/8", "10.1.2.0/24", "192.168.0.0/31", "fd00:1::/64", "fd00::ff00/120"}) {
        const IpNetwork network = net(text);
        for (int i = 0; i < 200; ++i) {
            const std::uint64_t number = 1 + random() % host_count(network);
            const IpAddress host = host_at(network, number);
            EXPECT_TRUE(network.contains(host));
            EXPECT_EQ(host_number(network, host), number) << to_string(host);
        }
    }
}

TEST(IpNetworkTest, SizesAreThoseOfPot) {
    EXPECT_EQ(ipv4_prefix_for(2), 30);
    EXPECT_EQ(ipv4_prefix_for(3), 29);
    EXPECT_EQ(ipv4_prefix_for(6), 29);
    EXPECT_EQ(ipv4_prefix_for(7), 28);
    EXPECT_EQ(ipv4_prefix_for(254), 24);
    EXPECT_EQ(ipv4_prefix_for(255), 23);
    EXPECT_FALSE(ipv4_prefix_for(std::uint64_t{1} << 33U));
}

TEST(IpNetworkTest, OverlapIsOneWithinTheOther) {
    EXPECT_TRUE(overlap(net("10.0.0.0/8"), net("10.200.0.0/16")));
    EXPECT_TRUE(overlap(net("10.200.0.0/16"), net("10.0.0.0/8")));
    EXPECT_FALSE(overlap(net("10.0.0.0/9"), net("10.128.0.0/9")));
    EXPECT_FALSE(overlap(net("0.0.0.0/0"), net("::/0")));
}

TEST(IpNetworkTest, TheFirstFreeNetworkIsFound) {
    const IpNetwork pool = net("10.192.0.0/10");
    const auto first = [&](int prefix, std::vector<IpNetwork> taken) {
        const auto found = first_free_network(pool, prefix, std::move(taken));
        return found ? to_string(*found) : "none";
    };
    EXPECT_EQ(first(16, {}), "10.192.0.0/16");
    EXPECT_EQ(first(16, {net("10.192.0.0/29")}), "10.193.0.0/16");
    EXPECT_EQ(first(29, {net("10.192.0.0/16")}), "10.193.0.0/29");
    EXPECT_EQ(first(29, {net("10.192.0.0/16"), net("10.193.0.8/29")}), "10.193.0.0/29") << "the gap before";
    EXPECT_EQ(first(28, {net("10.192.0.0/16"), net("10.193.0.8/29")}), "10.193.0.16/28");
    EXPECT_EQ(first(10, {net("192.168.0.0/16")}), "10.192.0.0/10") << "what is elsewhere is in nobody's way";
    EXPECT_EQ(first(10, {net("10.255.0.0/30")}), "none");
    EXPECT_EQ(first(16, {net("10.0.0.0/8")}), "none") << "one around the pool";
    EXPECT_EQ(first(9, {}), "none") << "larger than the pool";
    EXPECT_EQ(
        first_free_network(net("255.255.255.0/24"), 25, {net("255.255.255.0/25"), net("255.255.255.128/25")}),
        std::nullopt)
        << "up to the last address there is";
}

TEST(IpNetworkTest, FreeNetworksFillThePoolWithoutOverlap) {
    std::mt19937 random(2);
    const IpNetwork pool = net("10.0.0.0/16");
    std::vector<IpNetwork> taken;
    for (int i = 0; i < 300; ++i) {
        const auto found = first_free_network(pool, 20 + static_cast<int>(random() % 10), taken);
        if (!found) continue;
        ASSERT_TRUE(overlap(*found, pool));
        for (const IpNetwork& other : taken) ASSERT_FALSE(overlap(*found, other)) << to_string(*found);
        taken.push_back(*found);
    }
    EXPECT_GT(taken.size(), 20U);
}

}  // namespace
}  // namespace potd::core
