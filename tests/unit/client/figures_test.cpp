#include "client/text/figures.hpp"

#include <gtest/gtest.h>

namespace potd::client {
namespace {

TEST(TimeTest, ReadsAndWritesRfc3339) {
    const auto time = parse_time("2026-01-31T12:00:00.250Z");
    ASSERT_TRUE(time);
    EXPECT_EQ(*time, 1769860800250);
    EXPECT_EQ(format_time(*time), "2026-01-31T12:00:00.250Z");
    EXPECT_EQ(*parse_time("1970-01-01T00:00:00Z"), 0);
    EXPECT_EQ(*parse_time("2026-01-31T13:00:00+01:00"), *parse_time("2026-01-31T12:00:00Z"));
    EXPECT_EQ(*parse_time("2026-01-31T12:00:00.123456789Z") % 1000, 123);
}

TEST(TimeTest, RefusesWhatIsNoTime) {
    for (const auto* text : {"", "yesterday", "2026-02-30T00:00:00Z", "2026-01-31", "2026-01-31T25:00:00Z",
                             "2026-01-31T12:00:00", "2026-01-31T12:00:00.Z", "2026-01-31T12:00:00Zx"}) {
        EXPECT_FALSE(parse_time(text)) << text;
    }
}

TEST(DurationTest, WantsUnits) {
    EXPECT_EQ(*parse_duration("10s"), 10'000);
    EXPECT_EQ(*parse_duration("500ms"), 500);
    EXPECT_EQ(*parse_duration("1m30s"), 90'000);
    EXPECT_EQ(*parse_duration("1d"), 86'400'000);
    for (const auto* text : {"", "10", "s", "-1s", "10x", "1m30", "99999999999999d"}) {
        EXPECT_FALSE(parse_duration(text)) << text;
    }
}

TEST(AgeTest, ShowsTwoUnitsAtMost) {
    EXPECT_EQ(format_age(-5), "0s");
    EXPECT_EQ(format_age(999), "0s");
    EXPECT_EQ(format_age(59'000), "59s");
    EXPECT_EQ(format_age(192'000), "3m12s");
    EXPECT_EQ(format_age(4 * 3'600'000LL), "4h");
    EXPECT_EQ(format_age(2 * 86'400'000LL + 3 * 3'600'000LL + 59'000), "2d3h");
}

TEST(BytesTest, ShowsThreeDigitsAtMost) {
    EXPECT_EQ(format_bytes(0), "0");
    EXPECT_EQ(format_bytes(1023), "1023");
    EXPECT_EQ(format_bytes(1024), "1K");
    EXPECT_EQ(format_bytes(1536), "1.5K");
    EXPECT_EQ(format_bytes(256LL << 20), "256M");
    EXPECT_EQ(format_bytes(1023LL << 10), "1M");
    EXPECT_EQ(format_bytes(INT64_MAX), "8E");
}

TEST(SinceTest, TakesATimeOrADuration) {
    const std::int64_t now = *parse_time("2026-01-31T12:00:00Z");
    EXPECT_EQ(*parse_since("10m", now), "2026-01-31T11:50:00.000Z");
    EXPECT_EQ(*parse_since("2026-01-30T00:00:00Z", now), "2026-01-30T00:00:00.000Z");
    const auto wrong = parse_since("soon", now);
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.failure().exit, exit_code::usage);
}

}  // namespace
}  // namespace potd::client
