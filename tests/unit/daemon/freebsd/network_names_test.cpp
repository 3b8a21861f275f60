#include "daemon/platform/freebsd/pure/network_names.hpp"

#include "daemon/platform/posix/link_names.hpp"

#include <cctype>
#include <set>

#include <gtest/gtest.h>

namespace potd::platform {
namespace {

const core::RunKey named_run{{"0123456789ab"}, 7};
const std::string longest_instance(32, 'x');

TEST(NetworkNamesTest, AllNamesFit) {
    for (const std::string& instance : {std::string("potd"), longest_instance}) {
        for (const std::string& name :
             {bridge_link(instance, std::string(63, 'b')), bridge_link(instance, "web"),
              cable_link(instance, named_run, "web"), bridge_group(instance), cable_group(instance),
              pot_link(named_run.pot, 0), pot_link(named_run.pot, 12)})
            EXPECT_LE(name.size(), 15U) << name;
        EXPECT_FALSE(std::isdigit(bridge_group(instance).back()));
        EXPECT_FALSE(std::isdigit(cable_group(instance).back()));
    }
}

TEST(NetworkNamesTest, NoTwoThingsHaveOneName) {
    std::set<std::string> all;
    for (const std::string& instance : {std::string("a"), std::string("b")}) {
        all.insert(bridge_group(instance));
        all.insert(cable_group(instance));
        for (const char* bridge : {"x", "y"}) {
            all.insert(bridge_link(instance, bridge));
            for (const std::uint32_t number : {1U, 2U})
                all.insert(cable_link(instance, {named_run.pot, number}, bridge));
        }
    }
    EXPECT_EQ(all.size(), 2U * (2 + 2 * (1 + 2)));
    EXPECT_EQ(bridge_link("potd", "web"), "pb-web");
    EXPECT_EQ(pot_link(named_run.pot, 0), "eth0_0123456789");
    EXPECT_NE(pot_link(named_run.pot, 0), pot_link(named_run.pot, 1));
}

TEST(NetworkNamesTest, DescriptionsTellWhoseItIs) {
    EXPECT_EQ(bridge_of_note("potd", bridge_note("potd", "web")), "web");
    EXPECT_EQ(bridge_of_note("potd", bridge_note("other", "web")), std::nullopt);
    EXPECT_EQ(bridge_of_note("potd", cable_note("potd", named_run)), std::nullopt);
    EXPECT_EQ(run_of_note("potd", cable_note("potd", named_run)), "0123456789ab.7");
    EXPECT_EQ(run_of_note("pot", cable_note("potd", named_run)), std::nullopt);
    EXPECT_EQ(run_of_note("potd", ""), std::nullopt);
    EXPECT_EQ(anchor_name("two"), "potd/two");
}

TEST(NetworkNamesTest, ADescriptionSaysHowTheUplinkWas) {
    const UplinkNote down{"em1", false};
    const std::string note = uplinked_bridge_note("potd", "lan", down);
    EXPECT_EQ(note, "potd potd bridge lan uplink em1 down");
    EXPECT_EQ(bridge_of_note("potd", note), "lan");
    EXPECT_EQ(uplink_of_note("potd", note), down);
    EXPECT_EQ(uplink_of_note("other", note), std::nullopt);
    EXPECT_EQ(uplink_of_note("potd", bridge_note("potd", "lan")), std::nullopt);
}

}  // namespace
}  // namespace potd::platform
