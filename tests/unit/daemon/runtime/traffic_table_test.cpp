#include "daemon/platform/linux/traffic_table.hpp"

#include <cstdint>
#include <limits>

#include <gmock/gmock.h>

namespace potd::platform {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr const char* table =
    "Inter-|   Receive                                                |  Transmit\n"
    " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls "
    "carrier compressed\n"
    "    lo:     100       2    0    0    0     0          0         0      100       2    0    0    0     0"
    "       0          0\n"
    "  eth0: 5000000000      61    1    3    0     0          0         0     5120      48    2    4    0    "
    " "
    "0       0          0\n"
    "em1.100:       7       1    0    0    0     0          0         0       9       1    0    0    0     0"
    "       0          0\n";

TEST(TrafficTableTest, ReadsEachInterfaceButLoopback) {
    const core::InterfaceTraffic eth0{"eth0", {5'000'000'000, 5120, 61, 48, 3, 4}};
    const core::InterfaceTraffic other{"em1.100", {7, 9, 1, 1, 0, 0}};
    EXPECT_THAT(parse_traffic(table), ElementsAre(eth0, other));
}

TEST(TrafficTableTest, AddsThemUp) {
    EXPECT_EQ(total_of(parse_traffic(table)), (core::Traffic{5'000'000'007, 5129, 62, 49, 3, 4}));
    EXPECT_EQ(total_of({}), core::Traffic());
}

TEST(TrafficTableTest, MoreThanAFigureHoldsIsTheMostItHolds) {
    constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
    const core::InterfaceTraffic one{"eth0", {most, 1, most, 1, 0, 0}};
    const core::InterfaceTraffic other{"eth1", {1, 2, most, 2, 0, 0}};
    EXPECT_EQ(total_of({one, other}), (core::Traffic{most, 3, most, 3, 0, 0}));
}

TEST(TrafficTableTest, WhatSaysSomethingElseIsLeftOut) {
    EXPECT_THAT(parse_traffic(""), IsEmpty());
    EXPECT_THAT(parse_traffic("eth0: 1 2 3\n"), IsEmpty()) << "cut short";
    EXPECT_THAT(parse_traffic("eth0: a b c d e f g h i j k l m n o p\n"), IsEmpty());
    EXPECT_THAT(parse_traffic("eth0: -1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n"), IsEmpty()) << "no count";
    EXPECT_THAT(parse_traffic("no colon at all\n"), IsEmpty());
}

}  // namespace
}  // namespace potd::platform
