#include "core/model/number_pool.hpp"

#include <random>
#include <set>

#include <gtest/gtest.h>

namespace potd::core {
namespace {

TEST(NumberPoolTest, GivesTheLowestFree) {
    NumberPool pool(4);
    for (const std::uint64_t expected : {1U, 2U, 3U, 4U}) {
        ASSERT_EQ(pool.lowest_free(), expected);
        EXPECT_TRUE(pool.take(expected));
    }
    EXPECT_FALSE(pool.lowest_free());
    EXPECT_EQ(pool.free_count(), 0U);
    pool.give_back(2);
    pool.give_back(2);
    EXPECT_EQ(pool.lowest_free(), 2U);
    EXPECT_EQ(pool.free_count(), 1U);
}

TEST(NumberPoolTest, TakesNoNumberTwiceAndNoneThatThereIsNot) {
    NumberPool pool(10);
    EXPECT_TRUE(pool.take(7));
    EXPECT_FALSE(pool.take(7));
    EXPECT_FALSE(pool.take(0));
    EXPECT_FALSE(pool.take(11));
    pool.take_range(5, 50);
    EXPECT_EQ(pool.free_count(), 4U);
    EXPECT_TRUE(pool.is_taken(10));
    EXPECT_FALSE(pool.is_taken(4));
}

TEST(NumberPoolTest, ARangeOfAQuintillionIsOne) {
    NumberPool pool(std::uint64_t{1} << 62U);
    pool.take_range(1, std::uint64_t{1} << 61U);
    EXPECT_EQ(pool.lowest_free(), (std::uint64_t{1} << 61U) + 1);
}

/// Takes or gives back at random, in both.
void step(std::mt19937& random, std::uint64_t count, NumberPool& pool, std::set<std::uint64_t>& model) {
    const std::uint64_t number = random() % (count + 3);
    const std::uint64_t length = random() % 6;
    switch (random() % 4) {
        case 0:
            ASSERT_EQ(pool.take(number), number >= 1 && number <= count && !model.contains(number));
            if (number >= 1 && number <= count) model.insert(number);
            break;
        case 1:
            pool.take_range(number, number + length);
            for (std::uint64_t each = number; each <= number + length; ++each)
                if (each >= 1 && each <= count) model.insert(each);
            break;
        default: pool.give_back(number); model.erase(number);
    }
    std::uint64_t lowest = 1;
    while (model.contains(lowest)) ++lowest;
    ASSERT_EQ(pool.free_count(), count - model.size());
    ASSERT_EQ(pool.lowest_free(), lowest <= count ? std::optional(lowest) : std::nullopt);
    ASSERT_EQ(pool.is_taken(number), model.contains(number));
}

/// Random histories beside a set.
TEST(NumberPoolTest, BehavesAsASet) {
    constexpr std::uint64_t count = 60;
    std::mt19937 random(3);
    for (int history = 0; history < 50; ++history) {
        NumberPool pool(count);
        std::set<std::uint64_t> model;
        for (int done = 0; done < 200; ++done) ASSERT_NO_FATAL_FAILURE(step(random, count, pool, model));
    }
}

}  // namespace
}  // namespace potd::core
