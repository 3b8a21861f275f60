#include "client/command/operation_progress.hpp"

#include <gtest/gtest.h>

namespace potd::client {
namespace {

std::string text(const char* progress) {
    const auto operation = parse_json(std::string(R"({"progress":)") + progress + "}");
    return operation ? progress_text(*operation) : "not json";
}

TEST(OperationProgressTest, DrawsHowFarItIs) {
    EXPECT_EQ(text(R"({"current":5,"total":10,"unit":"packages","message":"unpacking"})"),
              "unpacking  [##########          ] 50%");
    EXPECT_EQ(text(R"({"current":0,"total":10,"message":""})"), "[                    ] 0%");
    EXPECT_EQ(text(R"({"current":12,"total":10,"message":"x"})"), "x  [####################] 100%");
}

TEST(OperationProgressTest, SaysWhatItDoesWhereNobodyKnowsHowMuchIsLeft) {
    EXPECT_EQ(text(R"({"current":5,"total":null,"message":"fetching"})"), "fetching");
    EXPECT_EQ(text(R"({"current":5,"total":0,"message":"fetching"})"), "fetching");
    EXPECT_EQ(text("null"), "");
}

TEST(OperationProgressTest, WhatATerminalWouldActOnIsEscaped) {
    EXPECT_EQ(text(R"({"message":"a\u001b[2J"})"), "a\\x1b[2J");
}

}  // namespace
}  // namespace potd::client
