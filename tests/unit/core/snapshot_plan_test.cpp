#include "core/service/snapshot_plan.hpp"

#include "core/model/snapshot_schedule.hpp"

#include <gtest/gtest.h>

namespace potd::core {
namespace {

using Owners = std::vector<SnapshotOwner>;

const SnapshotOwner pot_web{SnapshotOwner::Kind::Pot, "web"};
const SnapshotOwner volume_site{SnapshotOwner::Kind::Volume, "site"};
constexpr milliseconds one_hour{3'600'000};
constexpr milliseconds one_minute{60'000};

class SnapshotPlanTest : public testing::Test {
  protected:
    void advance(milliseconds by) {
        now.wall.ms += by.count();
        now.steady = now.steady.plus(by);
    }
    void set_clock(milliseconds by) { now.wall.ms += by.count(); }
    WallTime before(milliseconds age) const { return {now.wall.ms - age.count()}; }
    bool is_due() const { return !plan.due(now).empty(); }

    SnapshotPlan plan;
    SnapshotPlan::Moment now{{1'700'000'000'000}, {1000}};
};

TEST_F(SnapshotPlanTest, IsDueWhenTheLastIsOldEnough) {
    plan.set(pot_web, one_hour, before(one_minute), now);
    EXPECT_FALSE(is_due());
    advance(one_hour - one_minute - milliseconds{1});
    EXPECT_FALSE(is_due());
    EXPECT_EQ(plan.next(now), now.steady.plus(milliseconds{1}));
    advance(milliseconds{1});
    EXPECT_EQ(plan.due(now), Owners{pot_web});
    plan.begin(pot_web);
    EXPECT_FALSE(is_due()) << "it is being taken";
    EXPECT_FALSE(plan.next(now));
    plan.taken(pot_web, now);
    EXPECT_FALSE(is_due());
    advance(one_hour);
    EXPECT_TRUE(is_due());
    plan.drop(pot_web);
    EXPECT_FALSE(is_due());
    EXPECT_FALSE(plan.next(now));
}

TEST_F(SnapshotPlanTest, MakesUpForOneOfWhatWasMissed) {
    plan.set(pot_web, one_hour, before(100 * one_hour), now);
    EXPECT_TRUE(is_due());
    plan.begin(pot_web);
    plan.taken(pot_web, now);
    EXPECT_FALSE(is_due());
    set_clock(50 * one_hour);
    EXPECT_TRUE(is_due()) << "the clock was set, or the machine slept";
    plan.begin(pot_web);
    plan.taken(pot_web, now);
    EXPECT_FALSE(is_due());
}

TEST_F(SnapshotPlanTest, WaitsNeverLongerThanEvery) {
    plan.set(pot_web, one_hour, before(-1000 * one_hour), now);
    advance(one_hour - milliseconds{1});
    EXPECT_FALSE(is_due());
    advance(milliseconds{1});
    EXPECT_TRUE(is_due());
    plan.begin(pot_web);
    plan.taken(pot_web, now);
    set_clock(-24 * one_hour);
    advance(one_hour - milliseconds{1});
    EXPECT_FALSE(is_due());
    advance(milliseconds{1});
    EXPECT_TRUE(is_due());
}

TEST_F(SnapshotPlanTest, LooksOftenEnoughToSeeTheClockSet) {
    plan.set(pot_web, one_hour, now.wall, now);
    EXPECT_EQ(plan.next(now), now.steady.plus(one_minute));
}

TEST_F(SnapshotPlanTest, TriesAgainEverLaterButWithinEvery) {
    plan.set(pot_web, 2 * one_minute, before(one_hour), now);
    for (const std::int64_t wait : {10'000, 20'000, 40'000, 80'000, 120'000, 120'000}) {
        ASSERT_TRUE(is_due());
        plan.begin(pot_web);
        plan.failed(pot_web, now);
        EXPECT_FALSE(is_due());
        advance(milliseconds{wait - 1});
        EXPECT_FALSE(is_due()) << wait;
        advance(milliseconds{1});
    }
    plan.begin(pot_web);
    plan.failed(pot_web, now);
    plan.try_now(pot_web, now);
    EXPECT_TRUE(is_due());
    plan.begin(pot_web);
    plan.taken(pot_web, now);
    advance(2 * one_minute);
    plan.begin(pot_web);
    plan.failed(pot_web, now);
    advance(milliseconds{10'000});
    EXPECT_TRUE(is_due()) << "a success begins anew";
}

TEST_F(SnapshotPlanTest, TheLongestDueComesFirstAndASecondSettingChangesNothing) {
    plan.set(pot_web, one_hour, before(one_hour), now);
    plan.set(volume_site, one_minute, now.wall, now);
    advance(one_minute);
    EXPECT_EQ(plan.due(now), (Owners{pot_web, volume_site}));
    plan.begin(pot_web);
    plan.set(pot_web, one_hour, before(100 * one_hour), now);
    EXPECT_EQ(plan.due(now), Owners{volume_site});
    plan.taken(pot_web, now);
    plan.set(pot_web, one_minute, now.wall, now);
    advance(one_minute);
    EXPECT_EQ(plan.due(now).size(), 2U) << "another time from one to the next counts at once";
}

TEST(SnapshotScheduleTest, SaysWhatIsWrongWithIt) {
    SnapshotSchedule schedule;
    EXPECT_TRUE(check_schedule(schedule));
    schedule.every = milliseconds{59'999};
    EXPECT_EQ(check_schedule(schedule).error().field, "snapshots.every");
    schedule.every = one_hour;
    EXPECT_TRUE(check_schedule(schedule));
    for (const std::int64_t keep : {0, -1, 1001}) {
        schedule.keep = keep;
        EXPECT_EQ(check_schedule(schedule).error().field, "snapshots.keep");
    }
    schedule.keep = 1;
    schedule.keep_for = one_minute;
    EXPECT_EQ(check_schedule(schedule).error().field, "snapshots.keep_for");
    schedule.keep_for = one_hour;
    EXPECT_TRUE(check_schedule(schedule));
}

}  // namespace
}  // namespace potd::core
