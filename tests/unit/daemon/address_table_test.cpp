#include "daemon/platform/linux/address_table.hpp"

#include <string>

#include <gtest/gtest.h>

namespace potd::platform {
namespace {

constexpr core::HardwareAddress hardware{2, 0, 0x5e, 0x10, 0, 1};

std::string row(const std::string& digits, const std::string& scope, const std::string& flags,
                const std::string& interface = "eth0") {
    return digits + " 02 40 " + scope + " " + flags + "     " + interface + "\n";
}

std::string found(const std::string& table) {
    const auto address = advertised_address(table, "eth0", hardware);
    return address ? core::to_string(*address) : "none";
}

TEST(AddressTableTest, IsTheGlobalOneOfTheHardwareAddress) {
    const std::string own = "20010db80005000000005efffe100001", link = "fe8000000000000000005efffe100001",
                      random = "20010db8000500001122334455667788";
    EXPECT_EQ(found(row(link, "20", "80") + row(own, "00", "00")), "2001:db8:5::5eff:fe10:1");
    EXPECT_EQ(found(row(link, "20", "80") + row(random, "00", "01")), "none");
    EXPECT_EQ(found(row(own, "00", "40")), "none") << "not tried yet";
    EXPECT_EQ(found(row(own, "00", "08")), "none") << "somebody else has it";
    EXPECT_EQ(found(row(own, "00", "00", "eth1")), "none");
    const std::string old = "20010db80004000000005efffe100001";
    EXPECT_EQ(found(row(old, "00", "20") + row(own, "00", "00")), "2001:db8:5::5eff:fe10:1");
    EXPECT_EQ(found(row(old, "00", "20")), "2001:db8:4::5eff:fe10:1") << "better than none";
    EXPECT_EQ(found(row(own, "00", "00") + row(old, "00", "00")), "2001:db8:4::5eff:fe10:1");
}

TEST(AddressTableTest, WhatIsNoRowIsPassedOver) {
    EXPECT_EQ(found(""), "none");
    EXPECT_EQ(found("20010db8 02 40 00 00 eth0\nzz010db80005000000005efffe100001 02 40 00 00 eth0\n"),
              "none");
}

}  // namespace
}  // namespace potd::platform
