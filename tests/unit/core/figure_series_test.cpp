#include "core/figures/figure_series.hpp"

#include <limits>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace potd::core {
namespace {

std::vector<FigurePoint> all_of(const FigureSeries& series, SteadyTime since = {}) {
    std::vector<FigurePoint> points;
    series.read(since, [&](const FigurePoint& point) { points.push_back(point); });
    return points;
}

FigurePoint point_at(std::int64_t ms, std::int64_t cpu = 0) {
    FigurePoint point{1, {ms}, {}};
    point[KeptFigure::CpuUsage] = cpu;
    point[KeptFigure::Memory] = 4096;
    return point;
}

/// What a pot may do within five seconds, and what it cannot as well.
FigurePoint next_of(FigurePoint point, std::mt19937_64& numbers) {
    const auto chance = [&](int percent) { return static_cast<int>(numbers() % 100) < percent; };
    point.at.ms += chance(90) ? 5'000 : static_cast<std::int64_t>(1 + numbers() % 100'000);
    if (chance(2)) ++point.run;
    for (auto& value : point.values) {
        if (chance(1)) value = static_cast<std::int64_t>(numbers());
        if (chance(1)) value = std::numeric_limits<std::int64_t>::min();
        if (chance(1)) value = std::numeric_limits<std::int64_t>::max();
        if (chance(1)) value.reset();
        if (value && chance(30)) *value = static_cast<std::int64_t>(numbers() % 1'000'000);
    }
    return point;
}

TEST(FigureSeriesTest, GivesBackWhatWasAdded) {
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        std::mt19937_64 numbers(seed);
        FigureSeries series;
        std::vector<FigurePoint> added;
        FigurePoint point = point_at(1'000);
        for (int n = 0; n < 300; ++n) {
            series.add(point);
            added.push_back(point);
            point = next_of(point, numbers);
        }
        ASSERT_EQ(all_of(series), added) << "seed " << seed;
        const SteadyTime since = added[added.size() / 2].at;
        ASSERT_EQ(all_of(series, since),
                  std::vector<FigurePoint>(added.begin() + static_cast<std::ptrdiff_t>(added.size() / 2),
                                           added.end()))
            << "seed " << seed;
    }
}

TEST(FigureSeriesTest, APointOfAnIdlePotCostsTwoBytes) {
    FigureSeries series;
    for (std::int64_t n = 0; n < 720; ++n) series.add(point_at(n * 5'000));
    EXPECT_LT(series.bytes(), 5'000U) << "an hour, with what it is kept in";
    for (std::int64_t n = 720; n < 1'440; ++n) series.add(point_at(n * 5'000, n * 1'000'000));
    EXPECT_LT(series.bytes(), 12'000U);
}

TEST(FigureSeriesTest, ForgetsBlockByBlock) {
    FigureSeries series;
    for (int n = 0; n < 200; ++n) series.add(point_at(1'000 + n * 10));
    EXPECT_EQ(series.begins(), SteadyTime{1'000});
    const std::size_t before = series.bytes();
    series.forget_before({1'000 + 63 * 10});
    EXPECT_EQ(all_of(series).size(), 200U) << "one of the first block is still wanted";
    series.forget_before({1'000 + 64 * 10});
    EXPECT_EQ(all_of(series).size(), 136U);
    EXPECT_LT(series.bytes(), before);
    series.forget_before({100'000});
    EXPECT_TRUE(series.empty());
    EXPECT_EQ(series.bytes(), 0U);
    EXPECT_FALSE(series.begins());
    series.add(point_at(200'000));
    EXPECT_EQ(all_of(series), std::vector{point_at(200'000)});
}

TEST(FigureSeriesTest, TimeOnlyGoesOn) {
    FigureSeries series;
    series.add(point_at(10));
    series.add(point_at(10, 1));
    series.add(point_at(9, 1));
    EXPECT_EQ(all_of(series), std::vector{point_at(10)});
}

}  // namespace
}  // namespace potd::core
