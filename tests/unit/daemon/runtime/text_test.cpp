#include "daemon/platform/posix/text.hpp"

#include "daemon/platform/linux/process_stat.hpp"
#include "daemon/platform/posix/file.hpp"
#include "tests/support/temp_dir.hpp"

#include <gtest/gtest.h>

namespace potd::platform {
namespace {

TEST(TextTest, SplitsAtBlanks) {
    EXPECT_EQ(split_blanks("  a b\t c\n"), (std::vector<std::string_view>{"a", "b", "c"}));
    EXPECT_TRUE(split_blanks(" \n").empty());
}

TEST(TextTest, SplitsAtSeparatorsAndKeepsEmptyParts) {
    EXPECT_EQ(split("a,,b", ','), (std::vector<std::string_view>{"a", "", "b"}));
    EXPECT_TRUE(split("", ',').empty());
}

TEST(TextTest, ReadsWholeNumbersOnly) {
    EXPECT_EQ(parse_number(" 12\n"), 12);
    EXPECT_EQ(parse_number("max"), std::nullopt);
    EXPECT_EQ(parse_number("12x"), std::nullopt);
    EXPECT_EQ(parse_number(""), std::nullopt);
}

TEST(TextTest, ACountIsNeverBelowZero) {
    EXPECT_EQ(parse_count("0"), 0);
    EXPECT_EQ(parse_count("9223372036854775807"), 9223372036854775807);
    EXPECT_EQ(parse_count("9223372036854775808"), std::nullopt);
    EXPECT_EQ(parse_count("-1"), std::nullopt);
    EXPECT_EQ(keyed_number("frozen -1\n", "frozen"), std::nullopt);
}

TEST(TextTest, FindsNumbersByKey) {
    EXPECT_EQ(keyed_number("populated 1\nfrozen 0\n", "frozen"), 0);
    EXPECT_EQ(keyed_number("frozen_x 1\n", "frozen"), std::nullopt);
}

TEST(ProcessStatTest, ANameMayHoldAnything) {
    const auto stat = parse_process_stat("7 (x) R 1 (y)) Z 3 0 0 0 0 0 0 0 0 0 10 5 0 0 20 0 1 0 99 1 12 0");
    ASSERT_TRUE(stat.ok());
    EXPECT_EQ(stat->name, "x) R 1 (y)");
    EXPECT_EQ(stat->state, 'Z');
    EXPECT_EQ(stat->parent, 3);
    EXPECT_EQ(stat->cpu_ticks, 15U);
    EXPECT_EQ(stat->start_time, 99U);
    EXPECT_EQ(stat->resident_pages, 12);
}

TEST(ProcessStatTest, ACutLineIsAnError) {
    EXPECT_FALSE(parse_process_stat("7 (x) R 1").ok());
    EXPECT_FALSE(parse_process_stat("").ok());
}

TEST(FileTest, ReplacesAFileWhole) {
    const test::TempDir directory;
    const std::string path = directory / "record";
    ASSERT_TRUE(write_file_atomic(path, "one").ok());
    ASSERT_TRUE(write_file_atomic(path, "two").ok());
    EXPECT_EQ(read_file(path).value(), "two");
    EXPECT_FALSE(exists(path + ".new"));
    EXPECT_EQ(write_file_atomic(directory / "no/such", "x").error().kind, core::ErrorKind::NotFound);
}

TEST(FileTest, BoundsWhatItReads) {
    const test::TempDir directory;
    test::write_file(directory / "big", std::string(100, 'x'));
    EXPECT_EQ(read_file(directory / "big", 10).error().kind, core::ErrorKind::TooLarge);
}

TEST(FileTest, WritesControlFilesInPlace) {
    const test::TempDir directory;
    EXPECT_EQ(write_existing(directory / "none", "1").error().kind, core::ErrorKind::NotFound);
    EXPECT_TRUE(remove_file(directory / "none").ok());
}

}  // namespace
}  // namespace potd::platform
