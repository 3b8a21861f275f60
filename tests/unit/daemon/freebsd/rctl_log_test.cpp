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
    EXPECT_EQ(all.at("potd_blue_0123456789ab_7"),
              (std::vector<std::string>{"sh (pid 812)", "a) b (pid 990)"}));
}

TEST(RctlLogTest, ALogWithoutSuchLinesIsOfNobody) {
    EXPECT_TRUE(memory_matches("").empty());
    EXPECT_TRUE(
        memory_matches("\n\npid 7 (cc), jid 0, uid 0, was killed: failed to reclaim memory\n").empty());
}

MemoryMatches sum_of(MatchTally& tally, const std::string& wanted, bool is_known = true) {
    MemoryMatches found;
    tally.each([&](const std::string& jail, const MemoryMatches& matches) {
        if (jail == wanted) found = matches;
        return is_known;
    });
    return found;
}

TEST(MatchTallyTest, CountsOnWhenTheLogLosesItsOldestLines) {
    MatchTally tally;
    tally.take({{"web", {"a", "b", "c"}}});
    tally.take({{"web", {"a", "b", "c"}}});
    EXPECT_EQ(sum_of(tally, "web"), (MemoryMatches{3, "c"}));
    tally.take({{"web", {"c", "d"}}});
    EXPECT_EQ(sum_of(tally, "web"), (MemoryMatches{4, "d"}));
    tally.take({{"web", {"d"}}});
    EXPECT_EQ(sum_of(tally, "web"), (MemoryMatches{4, "d"}));
    tally.take({{"web", {"e", "f"}}});
    EXPECT_EQ(sum_of(tally, "web"), (MemoryMatches{6, "f"}));
}

TEST(MatchTallyTest, RemembersAJailForAsLongAsItIsThereOrLogged) {
    MatchTally tally;
    tally.take({{"web", {"a"}}});
    EXPECT_EQ(sum_of(tally, "web", false).count, 1);
    tally.take({});
    EXPECT_EQ(sum_of(tally, "web").count, 1) << "it is there";
    EXPECT_EQ(sum_of(tally, "web", false).count, 1) << "the last time that it is asked for";
    EXPECT_EQ(sum_of(tally, "web").count, 0);
}

}  // namespace
}  // namespace potd::platform
