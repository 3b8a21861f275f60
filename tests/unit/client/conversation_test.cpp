#include "client/terminal/conversation.hpp"

#include <gtest/gtest.h>

namespace potd::client {
namespace {

TEST(DetachKeysTest, FindsTheKeysAcrossReads) {
    DetachKeys keys;
    EXPECT_EQ(keys.filter("ab\x10"), "ab");
    EXPECT_FALSE(keys.pressed());
    EXPECT_EQ(keys.filter("\x11"), "");
    EXPECT_TRUE(keys.pressed());
}

TEST(DetachKeysTest, GivesALonelyKeyBack) {
    DetachKeys keys;
    EXPECT_EQ(keys.filter("\x10x\x11"), "\x10x\x11");
    EXPECT_EQ(keys.filter("\x10\x10"), "\x10");
    EXPECT_EQ(keys.filter("y"), "\x10y");
    EXPECT_FALSE(keys.pressed());
}

TEST(ExitStatusTest, IsWhatAShellWouldSay) {
    EXPECT_EQ(exit_status(*parse_json(R"({"type":"exit","exit_code":7,"signal":null})")), 7);
    EXPECT_EQ(exit_status(*parse_json(R"({"type":"exit","exit_code":143,"signal":15})")), 143);
    EXPECT_EQ(exit_status(*parse_json(R"({"type":"exit","exit_code":null,"signal":9})")), 137);
    EXPECT_EQ(exit_status(*parse_json(R"({"type":"exit","exit_code":0})")), 0);
}

}  // namespace
}  // namespace potd::client
