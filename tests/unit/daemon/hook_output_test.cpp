#include "daemon/platform/posix/hook_output.hpp"

#include "core/model/names.hpp"

#include <string>

#include <gtest/gtest.h>

namespace potd::platform {
namespace {

HookOutput collected(std::string_view bytes) {
    HookOutput output;
    output.add(bytes);
    return output;
}

TEST(HookOutputTest, KeepsWhatIsShortAsItIs) {
    HookOutput output;
    output.add("one\n");
    output.add("");
    output.add("zwölf €\n");
    EXPECT_EQ(output.text(), "one\nzwölf €\n");
    EXPECT_FALSE(output.truncated());
}

TEST(HookOutputTest, ExactlyTheLimitIsWhole) {
    const HookOutput output = collected(std::string(HookOutput::limit, 'x'));
    EXPECT_EQ(output.text().size(), HookOutput::limit);
    EXPECT_FALSE(output.truncated());
}

TEST(HookOutputTest, KeepsTheBeginningOfAFlood) {
    HookOutput output;
    output.add("begin ");
    for (int i = 0; i < 1000; ++i) output.add(std::string(1000, 'x'));
    EXPECT_TRUE(output.truncated());
    EXPECT_EQ(output.text().size(), HookOutput::limit);
    EXPECT_TRUE(output.text().starts_with("begin xxx"));
}

TEST(HookOutputTest, OneByteTooManyIsSaid) {
    HookOutput output = collected(std::string(HookOutput::limit, 'x'));
    output.add("y");
    EXPECT_TRUE(output.truncated());
    EXPECT_EQ(output.text(), std::string(HookOutput::limit, 'x'));
}

TEST(HookOutputTest, ReplacesWhatIsNoText) {
    EXPECT_EQ(collected(std::string_view("a\0b", 3)).text(), "a\uFFFDb");
    EXPECT_EQ(collected("a\xFF\xC0z").text(), "a\uFFFD\uFFFDz");
    EXPECT_EQ(collected("cut \xE2\x82").text(), "cut \uFFFD\uFFFD");
}

TEST(HookOutputTest, ACharacterCutByTheLimitIsLeftOut) {
    const std::string filled(HookOutput::limit - 2, 'x');
    const HookOutput output = collected(filled + "€ and more");
    EXPECT_EQ(output.text(), filled);
    EXPECT_TRUE(output.truncated());
}

TEST(HookOutputTest, ReplacementsStayWithinTheLimit) {
    const HookOutput output = collected(std::string(HookOutput::limit, '\xFF'));
    EXPECT_LE(output.text().size(), HookOutput::limit);
    EXPECT_TRUE(core::is_text(output.text()));
    EXPECT_TRUE(output.truncated());
}

}  // namespace
}  // namespace potd::platform
