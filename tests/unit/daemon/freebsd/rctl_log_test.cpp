#include "daemon/platform/freebsd/pure/rctl_log.hpp"

#include <gtest/gtest.h>

namespace potd::platform {
namespace {

TEST(RctlLogTest, TellsWhoExceededAJailsMemory) {
    const auto all = memory_matches(
        "em0: link state changed to UP\n"
        "rctl: rule \"jail:potd_blue_0123456789ab_7:memoryuse:log=67108864\" matched by pid 812 (sh), uid 0, "
        "jail "
        "potd_blue_0123456789ab_7\n"
        "rctl: rule \"jail:potd_blue_0123456789ab_7:memoryuse:log=67108864\" matched by pid 990 (a) b), uid "
        "33, jail "
        "potd_blue_0123456789ab_7\n"
        "rctl: rule \"jail:other:maxproc:log=5\" matched by pid 1 (x), uid 0, jail other\n"
        "rctl: rule \"user:33:memoryuse:log=5\" matched by pid 1 (x), uid 0, jail other\n"
        "rctl: rule \"jail:cut:memoryuse:log=5\" matched by p");
    ASSERT_EQ(all.size(), 1U);
    EXPECT_EQ(all.at("potd_blue_0123456789ab_7"), (MemoryMatches{2, "a) b (pid 990)"}));
}

TEST(RctlLogTest, ALogWithoutSuchLinesIsOfNobody) {
    EXPECT_TRUE(memory_matches("").empty());
    EXPECT_TRUE(
        memory_matches("\n\npid 7 (cc), jid 0, uid 0, was killed: failed to reclaim memory\n").empty());
}

}  // namespace
}  // namespace potd::platform
