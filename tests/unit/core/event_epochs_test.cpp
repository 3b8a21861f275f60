#include "core/model/event_epochs.hpp"

#include <optional>

#include <gtest/gtest.h>

namespace potd::core {
namespace {

using Reason = EventGap::Reason;

TEST(EventMarkTest, ReadsNumbersAndIds) {
    EXPECT_EQ(*parse_event_mark("17", "since"), (EventMark{17, std::nullopt}));
    EXPECT_EQ(*parse_event_mark("17.1767225600", "since"), (EventMark{17, 1767225600}));
    EXPECT_EQ(to_string(EventMark{17, 3}), "17.3");
    EXPECT_EQ(to_string(EventMark{17, std::nullopt}), "17");
}

TEST(EventMarkTest, RefusesWhatIsNeither) {
    for (const char* text : {"", "x", "-1", "1.", ".1", "1.x", "1.2.3", "1 ", "0x1", "9223372036854775808"}) {
        const auto mark = parse_event_mark(text, "since");
        ASSERT_FALSE(mark) << text;
        EXPECT_EQ(mark.error().field, "since");
        EXPECT_EQ(mark.error().kind, ErrorKind::InvalidArgument);
    }
}

class EventEpochsTest : public testing::Test {
  protected:
    /// -1: no gap; else where it goes on.
    static long resume(const EventMark& seen, const EventBounds& stored, std::optional<Reason> reason = {}) {
        const EventEpochs epochs({{10, 0}, {20, 50}, {30, 40}, {40, 70}});
        const auto gap = epochs.gap_after(seen, stored);
        if (gap && reason) {
            EXPECT_EQ(gap->reason, *reason);
        }
        return gap ? static_cast<long>(gap->resume) : -1;
    }
};

TEST_F(EventEpochsTest, GoesOnWhereNothingHappened) {
    for (const std::uint64_t number : {1U, 70U, 99U, 100U}) {
        EXPECT_EQ(resume({number, std::nullopt}, {1, 100}), -1);
        EXPECT_EQ(resume({number, 40}, {1, 100}), -1);
    }
    EXPECT_EQ(EventEpochs().gap_after({5, std::nullopt}, {1, 5}), std::nullopt);
}

TEST_F(EventEpochsTest, KnowsUpToWhereAnOldEpochIsTheSame) {
    EXPECT_EQ(resume({70, 30}, {1, 100}), -1);
    EXPECT_EQ(resume({71, 30}, {1, 100}, Reason::Lost), 70);
    EXPECT_EQ(resume({40, 20}, {1, 100}), -1);
    EXPECT_EQ(resume({41, 20}, {1, 100}, Reason::Lost), 40) << "41 is of epoch 30 or 40 now";
    EXPECT_EQ(resume({50, 10}, {1, 100}, Reason::Lost), 40);
    EXPECT_EQ(resume({40, 10}, {1, 100}), -1);
}

TEST_F(EventEpochsTest, OfAnUnknownEpochNothingIsCertain) {
    EXPECT_EQ(resume({5, 15}, {1, 100}, Reason::Lost), 0);
    EXPECT_EQ(resume({5, 99}, {1, 100}, Reason::Lost), 0);
    EXPECT_EQ(resume({5, 99}, {31, 100}, Reason::Lost), 30);
}

TEST_F(EventEpochsTest, ANumberBeyondTheLastIsOfBeforeThePowerCut) {
    EXPECT_EQ(resume({101, std::nullopt}, {1, 100}, Reason::Lost), 70);
    EXPECT_EQ(resume({101, 40}, {1, 100}, Reason::Lost), 70);
    EXPECT_EQ(resume({101, std::nullopt}, {1, 60}, Reason::Lost), 60);
    EXPECT_EQ(resume({1, std::nullopt}, {1, 0}, Reason::Lost), 0);
}

TEST_F(EventEpochsTest, TellsWhatIsNotKept) {
    EXPECT_EQ(resume({29, std::nullopt}, {31, 100}, Reason::NotKept), 30);
    EXPECT_EQ(resume({30, std::nullopt}, {31, 100}), -1) << "31 comes next";
    EXPECT_EQ(resume({10, 10}, {31, 100}, Reason::NotKept), 30);
    EXPECT_EQ(resume({80, 30}, {91, 100}, Reason::Lost), 90);
}

}  // namespace
}  // namespace potd::core
