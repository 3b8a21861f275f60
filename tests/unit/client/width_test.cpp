#include "client/text/width.hpp"

#include <gtest/gtest.h>

namespace potd::client {
namespace {

TEST(WidthTest, CountsCellsNotBytes) {
    EXPECT_EQ(display_width("abc"), 3U);
    EXPECT_EQ(display_width("Zürich"), 6U);
    EXPECT_EQ(display_width("日本"), 4U);
    EXPECT_EQ(display_width("e\u0301"), 1U);
    EXPECT_EQ(display_width("🚀"), 2U);
}

TEST(WidthTest, TakesMalformedBytesOneByOne) {
    EXPECT_FALSE(first_character("\xC3").valid);
    EXPECT_FALSE(first_character("\xC0\x80").valid);
    EXPECT_FALSE(first_character("\xED\xA0\x80").valid);
    EXPECT_FALSE(first_character("\xF5\x80\x80\x80").valid);
    EXPECT_EQ(first_character("\xE2\x28\xA1").bytes, 1U);
}

TEST(FitTest, CutsWithAnEllipsisThatFits) {
    EXPECT_EQ(fit("abcdef", 6), "abcdef");
    EXPECT_EQ(fit("abcdef", 4), "abc…");
    EXPECT_EQ(fit("日本語", 4), "日…");
    EXPECT_EQ(fit("abc", 0), "");
}

TEST(HarmlessTest, EscapesWhatATerminalWouldActOn) {
    EXPECT_EQ(harmless("a\x1b[31mb"), "a\\x1b[31mb");
    EXPECT_EQ(harmless("a\nb\tc\r"), "a\\nb\\tc\\x0d");
    EXPECT_EQ(harmless("x\xC2\x9By"), "x\\u{9b}y");
    EXPECT_EQ(harmless("a\u202Eb"), "a\\u{202e}b");
    EXPECT_EQ(harmless("\xFF"), "\\xff");
}

TEST(HarmlessTest, ALineOfAProgramKeepsItsColoursAlone) {
    EXPECT_EQ(harmless_line("a\tGrüße\r"), "a\tGrüße\r");
    EXPECT_EQ(harmless_line("\x1b[1;31mred\x1b[m plain"), "\x1b[1;31mred\x1b[m plain\x1b[0m");
    EXPECT_EQ(harmless_line("\x1b[8mhidden\r"), "\x1b[8mhidden\x1b[0m\r") << "the next line is seen";
    EXPECT_EQ(harmless_line("\x1b]0;title\x07\x1b[2J\x1b[6n"), "\\x1b]0;title\\x07\\x1b[2J\\x1b[6n");
    EXPECT_EQ(harmless_line("true\rfalse"), "true\\x0dfalse");
    EXPECT_EQ(harmless_line("\x1b[31"), "\\x1b[31");
}

TEST(HarmlessTest, LeavesOrdinaryTextAlone) {
    EXPECT_EQ(harmless("Grüße, 世界 🚀"), "Grüße, 世界 🚀");
}

}  // namespace
}  // namespace potd::client
