#include "daemon/platform/freebsd/pure/racct_text.hpp"

#include <gtest/gtest.h>

namespace potd::platform {
namespace {

TEST(RacctTextTest, ReadsWhatIsUsed) {
    const auto used = parse_racct("cputime=12,datasize=0,memoryuse=5300224,pcpu=x,maxproc=3,odd,wallclock=9");
    EXPECT_EQ(used.at("cputime"), 12);
    EXPECT_EQ(used.at("memoryuse"), 5'300'224);
    EXPECT_EQ(used.at("maxproc"), 3);
    EXPECT_FALSE(used.contains("pcpu"));
    EXPECT_FALSE(used.contains("odd"));
}

TEST(RacctTextTest, ReadsWhatIsAllowed) {
    const auto rules = parse_rules(
        "jail:potd_a_0123456789ab_1:vmemoryuse:deny=256m,jail:potd_a_0123456789ab_1:"
        "memoryuse:devctl=64m,jail:potd_a_0123456789ab_1:maxproc:deny=100/jail,"
        "jail:potd_a_0123456789ab_1:maxproc:deny=50");
    EXPECT_EQ(rules.at("vmemoryuse"), std::int64_t{256} << 20);
    EXPECT_FALSE(rules.contains("memoryuse"));
    EXPECT_EQ(rules.at("maxproc"), 50);
}

TEST(RacctTextTest, LeavesOutWhatMakesNoSense) {
    EXPECT_TRUE(parse_racct("").empty());
    EXPECT_TRUE(parse_racct(",,=,a=,b=-1,c=1q,d=99999999999999999999,e=9999999999g").empty());
    EXPECT_TRUE(parse_rules("=1,:=1,deny=1,a:deny=1").empty());
}

}  // namespace
}  // namespace potd::platform
