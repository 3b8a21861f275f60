#include "daemon/platform/posix/log_entry.hpp"

#include <gtest/gtest.h>

namespace potd::platform {
namespace {

TEST(LogEntryTest, ReadsEveryPart) {
    const auto entry = parse_log_entry("2026-01-31T12:00:01.000000002Z stderr P 17 some text ");
    EXPECT_TRUE(entry.readable);
    EXPECT_EQ(entry.time_ns, 1'769'860'801'000'000'002);
    EXPECT_EQ(entry.stream, core::Stream::Stderr);
    EXPECT_TRUE(entry.partial);
    EXPECT_EQ(entry.run, 17U);
    EXPECT_EQ(entry.text, "some text ");
}

TEST(LogEntryTest, ReadsAnEmptyText) {
    const auto entry = parse_log_entry("1970-01-01T00:00:00.000000000Z stdout F 1 ");
    EXPECT_TRUE(entry.readable);
    EXPECT_EQ(entry.time_ns, 0);
    EXPECT_EQ(entry.text, "");
}

TEST(LogEntryTest, ShowsWhatItCannotReadAsText) {
    for (const char* line :
         {"", "plain text", "2026-01-31T12:00:01.000000002Z", "2026-01-31T12:00:01Z stdout F 1 x",
          "2026-13-31T12:00:01.000000002Z stdout F 1 x", "2026-01-31T12:00:01.00000000xZ stdout F 1 x",
          "2026-01-31T12:00:01.000000002Z stdin F 1 x", "2026-01-31T12:00:01.000000002Z stdout X 1 x",
          "2026-01-31T12:00:01.000000002Z stdout F x", "2026-01-31T12:00:01.000000002Z stdout F 1",
          "2026-01-31T12:00:01.000000002Z stdout F 99999999999 x",
          "9999-01-31T12:00:01.000000002Z stdout F 1 x", "1013-01-31T12:00:01.000000002Z stdout F 1 x"}) {
        const auto entry = parse_log_entry(line);
        EXPECT_FALSE(entry.readable) << line;
        EXPECT_EQ(entry.text, line);
        EXPECT_EQ(entry.time_ns, 0);
        EXPECT_EQ(entry.run, 0U);
    }
}

TEST(LogEntryTest, IsWantedByStreamRunAndTime) {
    const auto entry = parse_log_entry("1970-01-01T00:00:05.000000000Z stderr F 3 x");
    core::LogQuery query;
    EXPECT_TRUE(is_wanted(entry, query));
    query.stream = core::Stream::Stdout;
    EXPECT_FALSE(is_wanted(entry, query));
    query = {};
    query.run = 2;
    EXPECT_FALSE(is_wanted(entry, query));
    query.run = 3;
    query.since = core::WallTime{5000};
    EXPECT_TRUE(is_wanted(entry, query));
    query.since = core::WallTime{5001};
    EXPECT_FALSE(is_wanted(entry, query));
}

TEST(LogEntryTest, ATimeMayBeTooFarOffForNanoseconds) {
    const auto entry = parse_log_entry("1970-01-01T00:00:05.000000000Z stderr F 3 x");
    core::LogQuery query;
    query.since = core::parse_time("9999-12-31T23:59:59Z").value();
    EXPECT_FALSE(is_wanted(entry, query));
    query.since = core::parse_time("2300-01-01T00:00:00Z").value();
    EXPECT_FALSE(is_wanted(entry, query));
    query.since = core::parse_time("0001-01-01T00:00:00Z").value();
    EXPECT_TRUE(is_wanted(entry, query));
}

TEST(LogEntryTest, BeforeTheEpochPartsOfAMillisecondCountBackwards) {
    const auto entry = parse_log_entry("1969-12-31T23:59:59.999999999Z stdout F 3 x");
    core::LogQuery query;
    query.since = core::WallTime{0};
    EXPECT_FALSE(is_wanted(entry, query));
    query.since = core::WallTime{-1};
    EXPECT_TRUE(is_wanted(entry, query));
}

TEST(LogEntryTest, IsNotWantedByRunOrTimeIfItHasNone) {
    const auto entry = parse_log_entry("torn");
    core::LogQuery query;
    EXPECT_TRUE(is_wanted(entry, query));
    query.run = 1;
    EXPECT_FALSE(is_wanted(entry, query));
    query = {};
    query.since = core::WallTime{0};
    EXPECT_FALSE(is_wanted(entry, query));
}

}  // namespace
}  // namespace potd::platform
