#include "client/json/difference.hpp"

#include "client/output/json_text.hpp"

#include <gtest/gtest.h>

namespace potd::client {
namespace {

Value json(const char* text) {
    const auto value = parse_json(text);
    return value ? *value : Value("not json");
}

/// "path: before -> after" in a line each.
std::string told(const char* before, const char* after) {
    std::string text;
    for (const auto& one : differences(json(before), json(after)))
        text += one.path + ": " + compact_json(one.before) + " -> " + compact_json(one.after) + "\n";
    return text;
}

TEST(DifferenceTest, TheOrderOfMembersIsNone) {
    EXPECT_EQ(told(R"({"a":1,"b":{"c":2,"d":3}})", R"({"b":{"d":3,"c":2},"a":1})"), "");
}

TEST(DifferenceTest, NamesEachPlaceByItsPath) {
    EXPECT_EQ(told(R"({"limits":{"memory":1,"pids":2},"user":null})",
                   R"({"limits":{"memory":3,"pids":2},"user":"www"})"),
              "limits.memory: 1 -> 3\nuser: null -> \"www\"\n");
}

TEST(DifferenceTest, WhatIsOnOneSideAloneIsNullOnTheOther) {
    EXPECT_EQ(told(R"({"env":{"A":"1"}})", R"({"env":{"B":"2"}})"),
              "env.B: null -> \"2\"\nenv.A: \"1\" -> null\n");
    EXPECT_EQ(told(R"({"a":null})", "{}"), "");
    EXPECT_EQ(told(R"({"health":null})", R"({"health":{"retries":3}})"), "health: null -> {\"retries\":3}\n");
}

TEST(DifferenceTest, ListsAreComparedAsAWhole) {
    EXPECT_EQ(told(R"({"c":["a","b"]})", R"({"c":["a","b"]})"), "");
    EXPECT_EQ(told(R"({"c":["a","b"]})", R"({"c":["b","a"]})"), "c: [\"a\",\"b\"] -> [\"b\",\"a\"]\n");
    EXPECT_EQ(told(R"({"c":[{"x":1,"y":2}]})", R"({"c":[{"y":2,"x":1}]})"), "");
}

TEST(DifferenceTest, KindsAreTold) {
    EXPECT_FALSE(same(Value("1"), Value(1)));
    EXPECT_FALSE(same(Value(true), Value(1)));
    EXPECT_FALSE(same(Value(true), Value(false)));
    EXPECT_FALSE(same(Value(), Value(false)));
    EXPECT_FALSE(same(Value(), Value("")));
    EXPECT_TRUE(same(Value(1), Value(1.0)));
    EXPECT_TRUE(same(Value(std::int64_t{5}), Value(std::uint64_t{5})));
    EXPECT_TRUE(same(Value(), Value()));
}

}  // namespace
}  // namespace potd::client
