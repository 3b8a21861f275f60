#include "core/model/hardware_address.hpp"

#include <gtest/gtest.h>

namespace potd::core {
namespace {

TEST(HardwareAddressTest, IsTheEndOfTheAddressesMadeOfIt) {
    const HardwareAddress hardware = parse_hardware_address("02:00:5e:10:00:01", "mac").value();
    const IpAddress network = *parse_ip_address("2001:db8:1:2:3:4:5:6");
    // RFC 4291, appendix A: the universal bit is turned.
    EXPECT_EQ(to_string(eui64_address(network, hardware)), "2001:db8:1:2:0:5eff:fe10:1");
    EXPECT_EQ(to_string(link_local_address(hardware)), "fe80::5eff:fe10:1");
    const HardwareAddress universal = parse_hardware_address("34:56:78:9a:bc:de", "mac").value();
    EXPECT_EQ(to_string(link_local_address(universal)), "fe80::3656:78ff:fe9a:bcde");
}

}  // namespace
}  // namespace potd::core
