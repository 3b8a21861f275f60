#include "core/base/bounded.hpp"
#include "core/base/bytes.hpp"
#include "core/base/time.hpp"

#include <cerrno>
#include <limits>

#include <gtest/gtest.h>

namespace potd::core {
namespace {

TEST(TimeTest, FormatsAndParsesTheSameInstant) {
    EXPECT_EQ(format_time({0}), "1970-01-01T00:00:00.000Z");
    EXPECT_EQ(format_time({1'700'000'000'123}), "2023-11-14T22:13:20.123Z");
    EXPECT_EQ(parse_time("2023-11-14T22:13:20.123Z")->ms, 1'700'000'000'123);
    EXPECT_EQ(parse_time("2023-11-14T23:13:20+01:00")->ms, 1'700'000'000'000);
    EXPECT_EQ(parse_time("2023-11-14T22:13:20.123456789Z")->ms, 1'700'000'000'123);
}

TEST(TimeTest, RefusesWhatIsNoInstant) {
    for (const char* bad :
         {"", "2023-11-14", "2023-13-14T00:00:00Z", "2023-02-30T00:00:00Z", "2023-11-14T25:00:00Z",
          "2023-11-14T22:13:20", "2023-11-14T22:13:20Zx", "2023-11-14T22:13:20.Z"}) {
        EXPECT_FALSE(parse_time(bad)) << bad;
    }
}

TEST(DurationTest, ReadsWhatItWrites) {
    for (const std::int64_t ms : {0, 1, 999, 1000, 90'000, 3'600'000, 86'400'000, 90'061'001}) {
        const std::string text = format_duration(milliseconds{ms});
        ASSERT_TRUE(parse_duration(text, "x")) << text;
        EXPECT_EQ(parse_duration(text, "x")->count(), ms) << text;
    }
    EXPECT_EQ(format_duration(milliseconds{90'000}), "1m30s");
}

TEST(DurationTest, RefusesBareNumbersAndNonsense) {
    for (const char* bad : {"", "10", "s", "10x", "-1s", "1s 2s", "9999999999999999999s", "400d", "1.5s"}) {
        const auto result = parse_duration(bad, "stop.timeout");
        ASSERT_FALSE(result) << bad;
        EXPECT_EQ(result.error().field, "stop.timeout");
    }
}

TEST(BytesTest, ReadsSuffixes) {
    EXPECT_EQ(*parse_bytes("0", "x"), 0);
    EXPECT_EQ(*parse_bytes("9223372036854775807", "x"), 9223372036854775807);
    EXPECT_EQ(*parse_bytes("256M", "x"), 268435456);
    EXPECT_EQ(*parse_bytes("1.5g", "x"), 1610612736);
    EXPECT_EQ(*parse_bytes("4KiB", "x"), 4096);
    EXPECT_EQ(*parse_bytes("4KB", "x"), 4096);
    EXPECT_EQ(*parse_bytes("7b", "x"), 7);
}

TEST(BytesTest, RefusesWhatIsNoSize) {
    for (const char* bad :
         {"", "-1", "M", "1X", "1MM", "1.5", "99999999999999999999", "9999999999T", "1 M", "0x10"}) {
        EXPECT_FALSE(parse_bytes(bad, "x")) << bad;
    }
}

TEST(BoundedTest, WhatIsMoreThanAnIntegerHoldsIsTheMostItHolds) {
    constexpr Figure most = std::numeric_limits<Figure>::max(), least = std::numeric_limits<Figure>::min();
    EXPECT_EQ(bounded_sum(2, 3), 5);
    EXPECT_EQ(bounded_sum(most, 1), most);
    EXPECT_EQ(bounded_sum(least, -1), least);
    EXPECT_EQ(bounded_sum(most, least), -1);
    EXPECT_EQ(bounded_difference(2, 3), -1);
    EXPECT_EQ(bounded_difference(most, -1), most);
    EXPECT_EQ(bounded_difference(least, 1), least);
    EXPECT_EQ(bounded_difference(0, least), most);
    EXPECT_EQ(bounded_product(-2, 3), -6);
    EXPECT_EQ(bounded_product(most, 2), most);
    EXPECT_EQ(bounded_product(least, 2), least);
    EXPECT_EQ(bounded_product(2, least), least);
    EXPECT_EQ(bounded_product(least, -1), most);
}

TEST(ErrorTest, NamesFieldValueAndExpectation) {
    const Error wrong = invalid_field("limits.memory", "lots", "a size");
    EXPECT_EQ(wrong.kind, ErrorKind::InvalidArgument);
    EXPECT_EQ(wrong.field, "limits.memory");
    EXPECT_EQ(wrong.message, "limits.memory: 'lots' is not valid, expected a size");
}

TEST(ErrorTest, MapsSystemErrorsToKinds) {
    EXPECT_EQ(os_error(ENOENT, "open x").kind, ErrorKind::NotFound);
    EXPECT_EQ(os_error(ENOSPC, "write x").kind, ErrorKind::ResourceExhausted);
    EXPECT_EQ(os_error(ENAMETOOLONG, "open x").kind, ErrorKind::InvalidArgument);
    EXPECT_EQ(os_error(ENOTDIR, "mount at x").kind, ErrorKind::Conflict);
    EXPECT_EQ(os_error(EROFS, "write x").kind, ErrorKind::Internal);
    EXPECT_EQ(os_error(EIO, "read x").kind, ErrorKind::Internal);
}

}  // namespace
}  // namespace potd::core
