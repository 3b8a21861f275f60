#include "core/model/ip_address.hpp"

#include <string>

#include <gtest/gtest.h>

namespace potd::core {
namespace {

std::string again(const std::string& text) {
    const auto address = parse_ip_address(text);
    return address ? to_string(*address) : "refused";
}

TEST(IpAddressTest, ReadsAndWritesIpv4) {
    for (const char* text : {"0.0.0.0", "10.0.0.2", "255.255.255.255"}) EXPECT_EQ(again(text), text);
    for (const char* text :
         {"", "10", "10.0.0", "10.0.0.256", "10.0.0.02", "10.0.0.2.", ".10.0.0.2", "10.0..2", "10.0.0.2.3",
          "a.0.0.2", "10.0.0.-2", " 10.0.0.2", "0x0a.0.0.2", "10.0.0.2/24"}) {
        EXPECT_EQ(again(text), "refused") << text;
    }
}

TEST(IpAddressTest, WritesIpv6InTheOneForm) {
    // The examples of RFC 5952, sections 2 and 4.
    EXPECT_EQ(again("2001:0db8:0000:0000:0001:0000:0000:0001"), "2001:db8::1:0:0:1");
    EXPECT_EQ(again("2001:db8:0:0:0:0:2:1"), "2001:db8::2:1");
    EXPECT_EQ(again("2001:db8:0:1:1:1:1:1"), "2001:db8:0:1:1:1:1:1");
    EXPECT_EQ(again("2001:0:0:1:0:0:0:1"), "2001:0:0:1::1");
    EXPECT_EQ(again("2001:DB8::AbC"), "2001:db8::abc");
    EXPECT_EQ(again("::"), "::");
    EXPECT_EQ(again("::1"), "::1");
    EXPECT_EQ(again("fd00::"), "fd00::");
    EXPECT_EQ(again("1:2:3:4:5:6:7:8"), "1:2:3:4:5:6:7:8");
    EXPECT_EQ(again("64:ff9b::192.0.2.33"), "64:ff9b::c000:221");
}

TEST(IpAddressTest, RefusesWhatIsNoIpv6Address) {
    for (const char* text : {":", ":::", "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7::8",
                             "12345::", "g::", "1:", ":1", "fe80::1%eth0", "::192.0.2",
                             "192.0.2.1::", "1:2:3:4:5:6:7:192.0.2.1"}) {
        EXPECT_EQ(again(text), "refused") << text;
    }
}

TEST(IpAddressTest, ComparesNetworks) {
    const auto same = [](const char* left, const char* right, int prefix) {
        return same_network(*parse_ip_address(left), *parse_ip_address(right), prefix);
    };
    EXPECT_TRUE(same("10.0.0.2", "10.0.0.200", 24));
    EXPECT_TRUE(same("10.0.1.2", "10.0.0.2", 23));
    EXPECT_FALSE(same("10.0.2.2", "10.0.0.2", 23));
    EXPECT_TRUE(same("10.0.0.2", "10.0.0.2", 32));
    EXPECT_FALSE(same("10.0.0.2", "10.0.0.3", 32));
    EXPECT_TRUE(same("2001:db8::1", "2001:db8::ffff", 64));
    EXPECT_FALSE(same("2001:db8::1", "2001:db8:0:1::1", 64));
    EXPECT_FALSE(same("::", "0.0.0.0", 8));
}

TEST(InterfaceAddressTest, KeepsThePrefixItWasGiven) {
    for (const char* text :
         {"10.0.0.2", "10.0.0.2/24", "10.0.0.0/31", "10.0.0.2/32", "2001:db8::2/64", "2001:db8::/128"}) {
        const auto address = parse_interface_address(text, "f");
        ASSERT_TRUE(address) << text << ": " << address.error().message;
        EXPECT_EQ(to_string(*address), text);
    }
}

TEST(InterfaceAddressTest, RefusesWhatNoHostCanHave) {
    for (const char* text : {"127.0.0.1",
                             "127.1.2.3/8",
                             "224.0.0.1",
                             "0.0.0.0",
                             "0.1.2.3",
                             "240.0.0.1",
                             "255.255.255.255",
                             "10.0.0.0/24",
                             "10.0.0.255/24",
                             "::1",
                             "::",
                             "ff02::1",
                             "fe80::1",
                             "::ffff:10.0.0.2",
                             "2001:db8::/64",
                             "10.0.0.2/0",
                             "10.0.0.2/33",
                             "10.0.0.2/",
                             "10.0.0.2/024",
                             "10.0.0.2/x",
                             "2001:db8::2/129",
                             "host",
                             "",
                             "em0|10.0.0.2",
                             "auto"}) {
        const auto address = parse_interface_address(text, "network.interfaces[0].addresses[0]");
        ASSERT_FALSE(address) << text;
        EXPECT_EQ(address.error().kind, ErrorKind::InvalidArgument);
        EXPECT_EQ(address.error().field, "network.interfaces[0].addresses[0]");
        EXPECT_NE(address.error().message.find(text), std::string::npos) << address.error().message;
    }
}

}  // namespace
}  // namespace potd::core
