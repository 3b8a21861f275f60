#include "client/command/stats_tables.hpp"

#include <string>

#include <gmock/gmock.h>

namespace potd::client {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string past(const std::string& before, const std::string& now) {
    const auto items =
        parse_json(R"([{"run":1,"time":"2026-01-01T00:00:00Z","io":{"read_bytes":)" + before +
                   R"(}},{"run":1,"time":"2026-01-01T00:00:00.001Z","io":{"read_bytes":)" + now + "}}]");
    return table_of_past_stats(items->items()).text({});
}

TEST(PastStatsTest, WhatCountsUpIsShownASecond) {
    EXPECT_THAT(past("0", "512"), HasSubstr("500K/s"));
}

TEST(PastStatsTest, AnyCountsCanBeShown) {
    EXPECT_THAT(past("0", "9223372036854775807"), HasSubstr("4E/s")) << "the most that is shown";
    EXPECT_THAT(past("-9223372036854775807", "9223372036854775807"), Not(HasSubstr("/s"))) << "no count";
}

}  // namespace
}  // namespace potd::client
