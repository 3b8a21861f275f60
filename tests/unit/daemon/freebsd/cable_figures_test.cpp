#include "daemon/platform/freebsd/pure/cable_figures.hpp"

#include <cstdint>
#include <limits>

#include <gtest/gtest.h>

namespace potd::platform {
namespace {

TEST(CableFiguresTest, WhatTheHostReceivedThePotHasSent) {
    const core::Traffic host{1000, 200, 10, 2, 3, 4};
    const LinkFigures links{{"pv0", host}, {"pv1", host}, {"em0", host}};
    const core::NetworkFigures figures = figures_of_pot({"pv1", "pv9", "pv0"}, links);
    ASSERT_EQ(figures.interfaces.size(), 2U);
    EXPECT_EQ(figures.interfaces[0].name, "eth0");
    EXPECT_EQ(figures.interfaces[0].traffic, (core::Traffic{200, 1000, 2, 10, 4, 3}));
    EXPECT_EQ(figures.interfaces[1].name, "eth2") << "the second is gone";
    EXPECT_EQ(figures.total, (core::Traffic{400, 2000, 4, 20, 8, 6}));
    EXPECT_FALSE(figures.connections);
}

TEST(CableFiguresTest, MoreThanAFigureHoldsIsTheMostItHolds) {
    constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
    const core::Traffic host{most, 200, most, 2, 3, 4};
    const auto figures = figures_of_pot({"pv0", "pv1"}, {{"pv0", host}, {"pv1", host}});
    EXPECT_EQ(figures.total, (core::Traffic{400, most, 4, most, 8, 6}));
}

TEST(CableFiguresTest, WithoutCablesNothingIsCarried) {
    EXPECT_EQ(figures_of_pot({}, {{"em0", {1, 2, 3, 4, 5, 6}}}), core::NetworkFigures());
}

}  // namespace
}  // namespace potd::platform
