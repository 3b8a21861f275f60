#include "client/text/suggestion.hpp"

#include <gtest/gtest.h>

namespace potd::client {
namespace {

const std::vector<std::string_view> verbs = {"start", "stop", "restart", "stats", "list", "ls"};

TEST(SuggestionTest, CountsASwapOfNeighboursAsOneStep) {
    EXPECT_EQ(edit_distance("strat", "start"), 1U);
    EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
    EXPECT_EQ(edit_distance("", "abc"), 3U);
}

TEST(SuggestionTest, FindsTheNearestWord) {
    EXPECT_EQ(nearest("strat", verbs), "start");
    EXPECT_EQ(nearest("lits", verbs), "list");
    EXPECT_EQ(nearest("restrt", verbs), "restart");
}

TEST(SuggestionTest, FindsABeginning) {
    EXPECT_EQ(nearest("rest", verbs), "restart");
}

TEST(SuggestionTest, SaysNothingRatherThanNonsense) {
    EXPECT_EQ(nearest("frobnicate", verbs), "");
    EXPECT_EQ(nearest("", verbs), "");
    EXPECT_EQ(nearest(std::string(1000, 's'), verbs), "");
    EXPECT_EQ(did_you_mean("xyz", verbs), "");
    EXPECT_EQ(did_you_mean("3", {"0", "1", "2"}), "");
    EXPECT_EQ(did_you_mean("l", verbs), "did you mean ls?");
}

}  // namespace
}  // namespace potd::client
