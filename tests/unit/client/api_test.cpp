#include "client/http/api.hpp"

#include "client/command/invocation.hpp"

#include <gtest/gtest.h>

namespace potd::client {
namespace {

TEST(FailureFromTest, MapsStatusesToExitCodes) {
    EXPECT_EQ(failure_from(400, "").exit, exit_code::usage);
    EXPECT_EQ(failure_from(404, "").exit, exit_code::not_found);
    EXPECT_EQ(failure_from(409, "").exit, exit_code::conflict);
    EXPECT_EQ(failure_from(412, "").exit, exit_code::conflict);
    EXPECT_EQ(failure_from(500, "").exit, exit_code::failed);
    EXPECT_EQ(failure_from(403, "").exit, exit_code::failed);
    EXPECT_EQ(failure_from(503, "").exit, exit_code::failed);
}

TEST(FailureFromTest, TakesTheWordsOfTheProblem) {
    const auto failure = failure_from(
        400,
        R"({"title":"Bad","detail":"limits.memory: no","code":"invalid_argument","field":"limits.memory"})");
    EXPECT_EQ(failure.why, "limits.memory: no");
    EXPECT_EQ(failure.code, "invalid_argument");
    EXPECT_EQ(failure.field, "limits.memory");
}

TEST(FailureFromTest, SaysSomethingWithoutAProblem) {
    EXPECT_EQ(failure_from(502, "<html>").why, "potd answered with status 502");
    EXPECT_EQ(failure_from(400, "{}").why, "potd answered with status 400");
}

TEST(FailureFromTest, WhatTheVersionLacksIsNoMisuse) {
    EXPECT_EQ(failure_from(400, R"({"detail":"no","code":"unsupported"})").exit, exit_code::failed);
}

TEST(ErrorLineTest, IsOneHarmlessLine) {
    EXPECT_EQ(error_line("start web", failed("it\nbroke\x1b[2J", "look")),
              "potctl: start web: it\\nbroke\\x1b[2J (look)");
    EXPECT_EQ(error_line("", failed("x")), "potctl: x");
}

TEST(PotUrlTest, EscapesTheName) {
    EXPECT_EQ(pot_url("a b/../c", "/start"), "/v1/pots/a%20b%2F..%2Fc/start");
}

}  // namespace
}  // namespace potd::client
