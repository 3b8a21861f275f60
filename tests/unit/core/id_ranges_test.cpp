#include "core/model/id_ranges.hpp"

#include <cstdint>
#include <string>

#include <gtest/gtest.h>

namespace potd::core {
namespace {

constexpr std::uint32_t first_id = 1'000'000;
constexpr std::uint32_t range_size = IdRanges::size;

TEST(IdRangesTest, GivesEachARangeOfItsOwn) {
    IdRanges ranges(first_id, 3 * range_size);
    EXPECT_EQ(ranges.take().value(), first_id);
    EXPECT_EQ(ranges.take().value(), first_id + range_size);
    EXPECT_EQ(ranges.take().value(), first_id + 2 * range_size);
}

TEST(IdRangesTest, RefusesWhenNoneIsLeft) {
    IdRanges ranges(first_id, 2 * range_size + range_size - 1);
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
    IdRanges ranges(first_id, 2 * range_size);
    EXPECT_TRUE(ranges.take());
    EXPECT_TRUE(ranges.take());
    ranges.give_back(first_id);
    EXPECT_EQ(ranges.take().value(), first_id);
}

TEST(IdRangesTest, GoesRoundRangesTakenUnderOtherBounds) {
    IdRanges ranges(first_id, 3 * range_size);
    ranges.mark(first_id + range_size / 2);  // in the way of the first_id two
    ranges.mark(first_id + 100 * range_size);
    ranges.mark(0);  // a pot without ids
    EXPECT_EQ(ranges.take().value(), first_id + range_size / 2 + range_size);
    EXPECT_FALSE(ranges.take());
}

TEST(IdRangesTest, ARangeThatEndsWhereTheNextBeginsIsNotInTheWay) {
    IdRanges ranges(first_id, range_size);
    ranges.mark(first_id - range_size);
    ranges.mark(first_id + range_size);
    EXPECT_EQ(ranges.take().value(), first_id);
}

TEST(IdRangesTest, TouchingByOneIdIsOverlapping) {
    IdRanges ranges(first_id, 2 * range_size);
    ranges.mark(first_id + range_size - 1);
    EXPECT_FALSE(ranges.take());
    ranges.give_back(first_id + range_size - 1);
    ranges.mark(first_id - range_size + 1);
    EXPECT_EQ(ranges.take().value(), first_id + 1);
}

TEST(IdRangesTest, WorksUpToTheEndOfTheIds) {
    IdRanges ranges(0U - 2 * range_size, 2 * range_size - 1);
    EXPECT_EQ(ranges.take().value(), 0U - 2 * range_size);
    EXPECT_FALSE(ranges.take());
}

}  // namespace
}  // namespace potd::core
