#include "daemon/platform/freebsd/pure/address_record.hpp"

#include <string>

#include <gtest/gtest.h>

namespace potd::platform {
namespace {

core::IpAddress ip(const char* text) {
    return *core::parse_ip_address(text);
}

core::NetworkSpec some_network() {
    core::NetworkSpec network;
    network.type = core::NetworkType::Alias;
    network.interfaces = {{"em0", {{ip("2001:db8::2"), {}}, {ip("10.0.0.2"), {}}}},
                          {"lo1", {{ip("10.1.0.2"), 24}}}};
    return network;
}

TEST(AddressRecordTest, AnAliasIsANetworkOfOneUnlessItSaysOtherwise) {
    EXPECT_EQ(host_aliases(some_network()), (std::vector<HostAlias>{{"em0", ip("2001:db8::2"), 128},
                                                                    {"em0", ip("10.0.0.2"), 32},
                                                                    {"lo1", ip("10.1.0.2"), 24}}));
}

TEST(AddressRecordTest, AnAddressOfTheHostIsNamedWithItsInterface) {
    EXPECT_TRUE(check_free(some_network(), {{"em0", ip("10.0.0.1")}, {"em0", ip("2001:db8::3")}}));
    const auto taken = check_free(some_network(), {{"em0", ip("10.0.0.1")}, {"em7", ip("10.1.0.2")}});
    ASSERT_FALSE(taken);
    EXPECT_EQ(taken.error().kind, core::ErrorKind::Conflict);
    EXPECT_EQ(taken.error().field, "network.interfaces[1].addresses[0]");
    EXPECT_NE(taken.error().message.find("10.1.0.2 already, on em7"), std::string::npos);
}

TEST(AddressRecordTest, IsReadBackAsItWasWritten) {
    for (const char* boot : {"", "0123abcd"}) {
        const AddressRecord record{boot, host_aliases(some_network())};
        const auto again = parse_address_record(to_text(record));
        ASSERT_TRUE(again) << again.error().message;
        EXPECT_EQ(*again, record);
    }
    EXPECT_EQ(to_text({"b", {{"em0", ip("10.0.0.2"), 32}}}), "boot b\nem0 10.0.0.2/32\n");
}

TEST(AddressRecordTest, IsNotGuessedAt) {
    for (const char* text : {"", "em0 10.0.0.2/32\n", "boot x", "boot x\nem0\n", "boot x\nem0 10.0.0.2\n",
                             "boot x\n 10.0.0.2/32\n", "boot x\nem0 10.0.0.2/33\n"})
        EXPECT_FALSE(parse_address_record(text)) << text;
}

}  // namespace
}  // namespace potd::platform
