#include "core/model/id_ranges.hpp"

#include <cstdint>
#include <string>

#include <gtest/gtest.h>

namespace potd::core {
namespace {

constexpr std::uint32_t first = 1'000'000;
constexpr std::uint32_t size = IdRanges::size;

TEST(IdRangesTest, GivesEachARangeOfItsOwn) {
    IdRanges ranges(first, 3 * size);
    EXPECT_EQ(ranges.take().value(), first);
    EXPECT_EQ(ranges.take().value(), first + size);
    EXPECT_EQ(ranges.take().value(), first + 2 * size);
}

TEST(IdRangesTest, RefusesWhenNoneIsLeft) {
    IdRanges ranges(first, 2 * size + size - 1);
    EXPECT_TRUE(ranges.take());
    EXPECT_TRUE(ranges.take());
    const auto third = ranges.take();
    ASSERT_FALSE(third);
    EXPECT_EQ(third.error().kind, ErrorKind::ResourceExhausted);
    EXPECT_NE(third.error().message.find("2 pots at most"), std::string::npos) << third.error().message;
}

TEST(IdRangesTest, HasNothingWithoutIds) {
    EXPECT_FALSE(IdRanges().take());
}

TEST(IdRangesTest, GivesWhatCameBackAgain) {
    IdRanges ranges(first, 2 * size);
    EXPECT_TRUE(ranges.take());
    EXPECT_TRUE(ranges.take());
    ranges.give_back(first);
    EXPECT_EQ(ranges.take().value(), first);
}

TEST(IdRangesTest, GoesRoundRangesTakenUnderOtherBounds) {
    IdRanges ranges(first, 3 * size);
    ranges.mark(first + size / 2);  // in the way of the first two
    ranges.mark(first + 100 * size);
    ranges.mark(0);  // a pot without ids
    EXPECT_EQ(ranges.take().value(), first + size / 2 + size);
    EXPECT_FALSE(ranges.take());
}

TEST(IdRangesTest, ARangeThatEndsWhereTheNextBeginsIsNotInTheWay) {
    IdRanges ranges(first, size);
    ranges.mark(first - size);
    ranges.mark(first + size);
    EXPECT_EQ(ranges.take().value(), first);
}

TEST(IdRangesTest, TouchingByOneIdIsOverlapping) {
    IdRanges ranges(first, 2 * size);
    ranges.mark(first + size - 1);
    EXPECT_FALSE(ranges.take());
    ranges.give_back(first + size - 1);
    ranges.mark(first - size + 1);
    EXPECT_EQ(ranges.take().value(), first + 1);
}

TEST(IdRangesTest, WorksUpToTheEndOfTheIds) {
    IdRanges ranges(0U - 2 * size, 2 * size - 1);
    EXPECT_EQ(ranges.take().value(), 0U - 2 * size);
    EXPECT_FALSE(ranges.take());
}

}  // namespace
}  // namespace potd::core
