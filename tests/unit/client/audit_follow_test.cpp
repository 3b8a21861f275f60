#include "client/command/audit_follow.hpp"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace potd::client {
namespace {

using Entries = std::vector<std::pair<int, std::string>>;

class AuditFollowTest : public ::testing::Test {
  protected:
    /// The numbers of what is printed.
    std::vector<std::int64_t> take(const Entries& entries) {
        Value::Array log;
        for (const auto& [number, outcome] : entries) {
            Value entry;
            entry.set("number", std::int64_t{number});
            entry.set("outcome", outcome);
            log.push_back(std::move(entry));
        }
        std::vector<std::int64_t> numbers;
        for (const auto& entry : follow.take(log)) numbers.push_back(entry["number"].integer().value_or(0));
        return numbers;
    }
    AuditFollow follow{7, ""};
};

using Numbers = std::vector<std::int64_t>;

TEST_F(AuditFollowTest, GoesOnBehindWhatWasPrinted) {
    EXPECT_EQ(follow.after(), 7);
    EXPECT_EQ(take({{7, "done"}, {8, "done"}, {9, "failed"}}), (Numbers{8, 9}));
    EXPECT_EQ(follow.after(), 9);
    EXPECT_EQ(take({}), Numbers{});
    EXPECT_EQ(take({{10, "denied"}}), Numbers{10});
}

TEST_F(AuditFollowTest, WaitsForAnOutcomeAndPrintsTheLaterOnesMeanwhile) {
    EXPECT_EQ(take({{8, "unknown"}, {9, "done"}}), Numbers{9});
    EXPECT_EQ(follow.after(), 7) << "8 has to be asked for again";
    EXPECT_EQ(take({{8, "unknown"}, {9, "done"}, {10, "done"}}), Numbers{10}) << "each once";
    EXPECT_EQ(take({{8, "failed"}, {9, "done"}, {10, "done"}, {11, "unknown"}}), Numbers{8});
    EXPECT_EQ(follow.after(), 10);
    EXPECT_EQ(take({{11, "done"}}), Numbers{11});
    EXPECT_EQ(follow.after(), 11);
}

TEST_F(AuditFollowTest, WhatTakesLongIsPrintedBeforeItsEnd) {
    const Entries log{{8, "unknown"}, {9, "done"}};
    EXPECT_EQ(take(log), Numbers{9});
    for (int round = 2; round < AuditFollow::most_rounds; ++round) EXPECT_EQ(take(log), Numbers{});
    EXPECT_EQ(take(log), Numbers{8});
    EXPECT_EQ(follow.after(), 9);
    EXPECT_EQ(take({{8, "done"}, {9, "done"}}), Numbers{});
}

TEST_F(AuditFollowTest, PassesOverOtherOutcomes) {
    follow = AuditFollow(7, "denied");
    EXPECT_EQ(take({{8, "done"}, {9, "denied"}, {10, "unknown"}}), Numbers{9});
    EXPECT_EQ(take({{10, "denied"}}), Numbers{10});
    EXPECT_EQ(follow.after(), 10);
}

}  // namespace
}  // namespace potd::client
