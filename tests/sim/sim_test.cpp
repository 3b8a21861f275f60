#include "tests/sim/history.hpp"

#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

// What the simulator's word is worth: a seed means one history, whatever is taken out of it.

namespace potd::sim {
namespace {

std::vector<std::string> story_of(const Choices& choices) {
    std::vector<std::string> story;
    EXPECT_EQ(play(choices, [&](const std::string& line) { story.push_back(line); }), std::nullopt);
    return story;
}

TEST(SimTest, ASeedIsOneHistory) {
    const std::vector<std::string> story = story_of(make_choices(7, 200));
    EXPECT_GT(story.size(), 200U);
    EXPECT_EQ(story, story_of(make_choices(7, 200)));
    EXPECT_NE(story, story_of(make_choices(8, 200)));
}

TEST(SimTest, AHistoryWithStepsTakenOutIsAHistory) {
    Choices choices = make_choices(11, 120);
    while (!choices.empty()) {
        choices.erase(choices.begin() + static_cast<std::ptrdiff_t>(choices.size() / 2));
        EXPECT_EQ(play(choices), std::nullopt);
    }
}

TEST(SimTest, EveryKindOfStepIsDrawn) {
    std::set<Act> acts;
    for (const Choice& choice : make_choices(1, 20'000)) acts.insert(choice.act);
    EXPECT_EQ(acts.size(), static_cast<std::size_t>(Act::PowerLoss) + 1);
}

TEST(SimTest, HistoriesAreFullOfLife) {
    std::multiset<std::string> seen;
    for (std::uint64_t seed = 1; seed <= 3000; ++seed) {
        for (const std::string& line : story_of(make_choices(seed, 200))) {
            for (const std::string word :
                 {"launch ", "hook ", "pot.exited", "pot.backoff", "pot.gave_up", "pot.paused", "pot.renamed",
                  "pot.destroyed", "the disk is full", "launch fails", "cancel the hook", "attempt 2",
                  "answer to adopt", "pot.snapshot_postponed", "pot.oom", "freeze "}) {
                if (line.find(word) != std::string::npos) seen.insert(word);
            }
        }
    }
    for (const std::string word :
         {"launch ", "hook ", "pot.exited", "pot.backoff", "pot.gave_up", "pot.paused", "pot.renamed",
          "pot.destroyed", "the disk is full", "launch fails", "cancel the hook", "attempt 2",
          "answer to adopt", "pot.snapshot_postponed", "pot.oom", "freeze "}) {
        EXPECT_GT(seen.count(word), 5U) << word;
    }
}

}  // namespace
}  // namespace potd::sim
