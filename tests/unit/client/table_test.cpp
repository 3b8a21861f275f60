#include "client/output/table.hpp"

#include "client/text/width.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace potd::client {
namespace {

using testing::HasSubstr;
using testing::Not;

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = text.find('\n', begin);
        lines.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return lines;
}

Table sample_table() {
    Table table({{"NAME", false, true, 0},
                 {"SIZE", true, false, 0},
                 {"AGE", true, false, 2},
                 {"WHY", false, true, 1}});
    table.add({"web", "12M", "3m", "because of a rather long reason"});
    table.add({"a-pot-with-a-very-long-name", "7K", "2d", ""});
    return table;
}

TEST(TableTest, AlignsColumns) {
    Table table({{"NAME", false, false, 0}, {"N", true, false, 0}, {"X", false, false, 0}});
    table.add({"a", "1", "x"});
    table.add({"long", "22", "y"});
    EXPECT_EQ(table.text({}), "NAME   N  X\na      1  x\nlong  22  y\n");
}

TEST(TableTest, MeasuresCellsOfTheTerminal) {
    Table table({{"NAME", false, false, 0}, {"X", false, false, 0}});
    table.add({"日本", "1"});
    table.add({"Zürich", "2"});
    EXPECT_EQ(table.text({}), "NAME    X\n日本    1\nZürich  2\n");
}

TEST(TableTest, ShowsADashForNothing) {
    Table table({{"A", false, false, 0}, {"B", false, false, 0}});
    table.add({"", ""});
    EXPECT_EQ(table.text({}), "A  B\n-  -\n");
}

TEST(TableTest, CutsNothingWithoutATerminal) {
    EXPECT_THAT(sample_table().text({}), HasSubstr("because of a rather long reason"));
}

TEST(TableTest, FitsEveryWidth) {
    for (std::size_t width = 20; width < 90; ++width) {
        for (const auto& line : lines_of(sample_table().text({width, false}))) {
            EXPECT_LE(display_width(line), width) << line;
        }
    }
}

TEST(TableTest, CutsElasticColumnsFirstThenLeavesOutTheLeastNeeded) {
    EXPECT_THAT(sample_table().text({50, false}), HasSubstr("…"));
    EXPECT_THAT(sample_table().text({50, false}), HasSubstr("AGE"));
    const std::string narrow = sample_table().text({24, false});
    EXPECT_THAT(narrow, Not(HasSubstr("AGE")));
    EXPECT_THAT(narrow, HasSubstr("WHY"));
}

TEST(TableTest, MakesValuesHarmless) {
    Table table({{"A", false, false, 0}});
    table.add({"x\x1b[2Jy\nz"});
    EXPECT_EQ(table.text({}), "A\nx\\x1b[2Jy\\nz\n");
}

TEST(TableTest, ColoursOnlyWhenAsked) {
    Table table({{"STATE", false, false, 0}, {"N", true, false, 0}});
    table.add({Cell("running", Colour::Green), "1"});
    EXPECT_EQ(table.text({}), "STATE    N\nrunning  1\n");
    EXPECT_EQ(table.text({0, true}), "STATE    N\n\x1b[32mrunning\x1b[0m  1\n");
}

TEST(SheetTest, AlignsValuesAndLeavesNoBlanksBehindTitles) {
    Sheet sheet;
    sheet.add("name", "web");
    sheet.add("limits", "");
    sheet.add("  memory", "1M\n");
    EXPECT_EQ(sheet.text(), "name:     web\nlimits:\n  memory: 1M\\n\n");
}

}  // namespace
}  // namespace potd::client
