#include "client/json/value.hpp"

#include "client/output/json_text.hpp"

#include <gtest/gtest.h>

namespace potd::client {
namespace {

TEST(ValueTest, KeepsTheOrderOfMembersAndExactNumbers) {
    const std::string text =
        R"({"z":1,"a":[true,false,null],"big":18446744073709551615,"low":-9223372036854775808,"f":1.5})";
    const auto value = parse_json(text);
    ASSERT_TRUE(value);
    EXPECT_EQ(compact_json(*value), text);
}

TEST(ValueTest, ReadsForgivingly) {
    const auto value = parse_json(R"({"a":{"b":7},"s":"x"})");
    ASSERT_TRUE(value);
    EXPECT_EQ((*value)["a"]["b"].integer(), 7);
    EXPECT_TRUE((*value)["none"]["deeper"].is_null());
    EXPECT_EQ((*value)["s"].integer(), std::nullopt);
    EXPECT_EQ((*value)["a"].text(), "");
    EXPECT_FALSE((*value)["s"].flag());
}

TEST(ValueTest, RefusesWhatIsNoJson) {
    for (const auto* text : {"", "{", "{'a':1}", "[1,]", "nul", "{\"a\":1}x"})
        EXPECT_FALSE(parse_json(text)) << text;
}

TEST(ValueTest, RefusesEndlessDepth) {
    EXPECT_FALSE(parse_json(std::string(100'000, '[')));
    EXPECT_TRUE(parse_json(std::string(60, '[') + std::string(60, ']')));
}

}  // namespace
}  // namespace potd::client
