#include "core/service/snapshot_scheduler.hpp"

#include "tests/support/core_fixture.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace potd::core {
namespace {

constexpr milliseconds an_hour{3'600'000};

class SnapshotSchedulerTest : public testing::Test, public fakes::CoreFixture {
  protected:
    SnapshotSchedulerTest() {
        files.can.live_snapshots = true;
        install_base();
        schedule->begin();
    }

    void make(const std::string& name, const SnapshotSchedule& wanted) {
        PotSpec spec;
        spec.name = name;
        spec.base = "host";
        spec.command = {"/bin/true"};
        spec.snapshots = wanted;
        ASSERT_TRUE(ask<PotPtr>([&](auto reply) { pots->create(spec, reply); })->ok());
    }
    Status change(const std::string& pot, const SnapshotSchedule& wanted) {
        PotPatch patch;
        patch.apply = [&](PotSpec& spec) {
            spec.snapshots = wanted;
            return Status();
        };
        const auto changed = *ask<PotPtr>([&](auto reply) { pots->change(pot, patch, reply); });
        return changed ? Status() : Status(changed.error());
    }
    /// Time goes by, in steps so that nothing is late.
    void pass(milliseconds time) {
        for (milliseconds step{60'000}; time.count() > 0; time -= step) {
            timers.advance(std::min(step, time));
            loop.run();
        }
    }
    std::vector<std::uint32_t> numbers(const std::string& pot) const {
        std::vector<std::uint32_t> found;
        const auto all = snapshots->list(pot);
        for (const Snapshot& one : *all) found.push_back(one.key.number);
        return found;
    }
    std::size_t events(const std::string& type) const {
        const auto& all = journal.recorded().events;
        return static_cast<std::size_t>(
            std::count_if(all.begin(), all.end(), [&](const Event& event) { return event.type == type; }));
    }
    std::string reason_of_last() const { return journal.recorded().events.back().details.at("reason"); }
    using Numbers = std::vector<std::uint32_t>;
};

TEST_F(SnapshotSchedulerTest, TakesThemAndKeepsTheNewest) {
    make("web", {an_hour, 2, {}});
    pass(an_hour);
    EXPECT_EQ(numbers("web"), Numbers{1});
    EXPECT_TRUE(snapshots->find("web", "1")->scheduled);
    ASSERT_TRUE(*ask<Snapshot>([&](auto reply) { snapshots->take("web", {"mine"}, reply); }));
    pass(3 * an_hour);
    EXPECT_EQ(numbers("web"), (Numbers{2, 4, 5})) << "what a user took is not counted and stays";
    EXPECT_EQ(events("pot.snapshots_purged"), 2U);
    EXPECT_EQ(files.snapshots.size(), 3U) << "their files are gone as well";
    EXPECT_FALSE(snapshots->find("web", "mine")->scheduled);
}

TEST_F(SnapshotSchedulerTest, LetsThemGoByAge) {
    make("web", {an_hour, 10, 2 * an_hour});
    pass(6 * an_hour);
    EXPECT_EQ(numbers("web"), (Numbers{4, 5, 6}));
}

TEST_F(SnapshotSchedulerTest, CanBeChangedAndTurnedOff) {
    make("web", {});
    pass(2 * an_hour);
    EXPECT_TRUE(numbers("web").empty());
    ASSERT_TRUE(change("web", {an_hour, 3, {}}));
    loop.run();
    timers.fire_due();
    loop.run();
    EXPECT_EQ(numbers("web"), Numbers{1}) << "the pot is older than an hour";
    pass(an_hour);
    ASSERT_TRUE(change("web", {an_hour, 1, {}}));
    pass(an_hour);
    EXPECT_EQ(numbers("web"), Numbers{3});
    ASSERT_TRUE(change("web", {}));
    pass(3 * an_hour);
    EXPECT_EQ(numbers("web"), Numbers{3});
    EXPECT_EQ(change("web", {milliseconds{1}, 1, {}}).error().field, "snapshots.every");
}

TEST_F(SnapshotSchedulerTest, GoesOnAfterARestart) {
    make("web", {an_hour, 5, {}});
    pass(an_hour + an_hour / 2);
    crash();
    schedule->begin();
    pass(an_hour / 2 - milliseconds{1});
    EXPECT_EQ(numbers("web"), Numbers{1});
    pass(milliseconds{1});
    EXPECT_EQ(numbers("web"), (Numbers{1, 2}));
    clock.advance(10 * an_hour);
    crash();
    schedule->begin();
    timers.fire_due();
    loop.run();
    EXPECT_EQ(numbers("web"), (Numbers{1, 2, 3})) << "one is made up for";
    EXPECT_TRUE(snapshots->find("web", "3")->scheduled);
}

TEST_F(SnapshotSchedulerTest, WaitsForAPotThatRunsWhereTheDriverCannot) {
    files.can.live_snapshots = false;
    make("web", {an_hour, 5, {}});
    ASSERT_TRUE(start("web")->ok());
    pass(5 * an_hour);
    EXPECT_TRUE(numbers("web").empty());
    EXPECT_EQ(events("pot.snapshot_postponed"), 1U) << "told once";
    EXPECT_NE(reason_of_last().find("fake"), std::string::npos) << reason_of_last();
    ASSERT_TRUE(stop("web")->ok());
    timers.fire_due();
    loop.run();
    EXPECT_EQ(numbers("web"), Numbers{1});
    ASSERT_TRUE(start("web")->ok());
    pass(an_hour);
    EXPECT_EQ(events("pot.snapshot_postponed"), 2U);
}

TEST_F(SnapshotSchedulerTest, TellsAFailureAndTriesAgain) {
    make("web", {an_hour, 5, {}});
    files.snapshot_error = error(ErrorKind::ResourceExhausted, "no space left on device");
    pass(an_hour);
    EXPECT_EQ(events("pot.snapshot_failed"), 1U);
    EXPECT_NE(reason_of_last().find("no space left"), std::string::npos);
    pass(an_hour);
    EXPECT_GT(events("pot.snapshot_failed"), 2U);
    EXPECT_LT(events("pot.snapshot_failed"), 12U);
    files.snapshot_error.reset();
    pass(an_hour);
    EXPECT_FALSE(numbers("web").empty());
}

TEST_F(SnapshotSchedulerTest, ALogLineIsLeftWhereTheDiskIsFull) {
    make("web", {an_hour, 5, {}});
    files.snapshot_error = error(ErrorKind::ResourceExhausted, "no space left on device");
    journal.fail_next(error(ErrorKind::ResourceExhausted, "disk full"), 1);
    pass(an_hour);
    ASSERT_EQ(complaints.size(), 1U);
    EXPECT_NE(complaints.front().find("pot.snapshot_failed: web"), std::string::npos);
}

TEST_F(SnapshotSchedulerTest, AFewAtATime) {
    constexpr std::size_t many = 100;
    for (std::size_t i = 0; i < many; ++i) make("pot" + std::to_string(i), {an_hour, 5, {}});
    clock.advance(an_hour);
    timers.fire_due();
    EXPECT_LE(files.snapshots.size(), 4U);
    loop.run();
    timers.fire_due();
    loop.run();
    EXPECT_EQ(files.snapshots.size(), many);
    clock.advance(an_hour);
    timers.fire_due();
    schedule->stop();
    loop.run();
    EXPECT_LE(files.snapshots.size(), many + 4) << "after a stop no more are begun";
    EXPECT_EQ(timers.fire_due(), 0U);
}

TEST_F(SnapshotSchedulerTest, OneThatIsBeingClonedStays) {
    make("web", {an_hour, 1, {}});
    pass(an_hour);
    SnapshotService::Cloning request;
    request.name = "copy";
    snapshots->clone("web", request, [](const auto&) {});
    clock.advance(an_hour);
    timers.fire_due();
    loop.run();
    EXPECT_TRUE(pots->find("copy"));
    EXPECT_LE(numbers("web").size(), 2U);
    pass(an_hour);
    EXPECT_EQ(numbers("web").size(), 1U);
}

TEST_F(SnapshotSchedulerTest, VolumesHaveThemToo) {
    volume_store.can_share = true;
    Volume wanted{"site", {}};
    wanted.snapshots = {an_hour, 2, {}};
    ASSERT_TRUE(*ask<Volume>([&](auto reply) { volumes->create(wanted, reply); }));
    pass(4 * an_hour);
    EXPECT_EQ(volume_store.snapshots.size(), 2U);
    const auto off = [](Volume& volume) {
        volume.snapshots = {};
        return Status();
    };
    ASSERT_TRUE(*ask<Volume>([&](auto reply) { volumes->change("site", {off, {}}, reply); }));
    crash();
    schedule->begin();
    pass(4 * an_hour);
    EXPECT_EQ(volume_snapshots->list("site")->size(), 2U);
    EXPECT_FALSE(volumes->find("site")->snapshots.on());
    std::vector<ErrorKind> refusals;
    for (int i = 0; i < 2; ++i) {
        volumes->change("site", {off, {}}, [&](const Result<Volume>& changed) {
            if (!changed) refusals.push_back(changed.error().kind);
        });
    }
    loop.run();
    EXPECT_EQ(refusals, std::vector<ErrorKind>{ErrorKind::Conflict}) << "else one would undo the other";
    const auto bad = [](Volume& volume) {
        volume.snapshots = {an_hour, 0, {}};
        return Status();
    };
    const auto refused = *ask<Volume>([&](auto reply) { volumes->change("site", {bad, {}}, reply); });
    EXPECT_EQ(refused.error().field, "snapshots.keep");
}

TEST_F(SnapshotSchedulerTest, AVolumeThatIsWrittenToWaitsForThePot) {
    Volume wanted{"site", {}};
    wanted.snapshots = {an_hour, 2, {}};
    ASSERT_TRUE(*ask<Volume>([&](auto reply) { volumes->create(wanted, reply); }));
    PotSpec spec;
    spec.name = "web";
    spec.base = "host";
    spec.command = {"/bin/true"};
    spec.mounts = {{MountSpec::Kind::Volume, "site", "/data", false, 0}};
    ASSERT_TRUE(ask<PotPtr>([&](auto reply) { pots->create(spec, reply); })->ok());
    ASSERT_TRUE(start("web")->ok());
    pass(3 * an_hour);
    EXPECT_TRUE(volume_store.snapshots.empty());
    EXPECT_EQ(events("fscomp.snapshot_postponed"), 1U);
    ASSERT_TRUE(stop("web")->ok());
    timers.fire_due();
    loop.run();
    EXPECT_EQ(volume_store.snapshots.size(), 1U);
}

TEST_F(SnapshotSchedulerTest, NoneOfPotsWhoseOwnersAreShiftedWhereTheDriverCannot) {
    files.can.shifted_snapshots = false;
    PotSpec spec;
    spec.name = "web";
    spec.base = "host";
    spec.command = {"/bin/true"};
    spec.security.user_namespace = true;
    spec.snapshots = {an_hour, 1, {}};
    const auto made = *ask<PotPtr>([&](auto reply) { pots->create(spec, reply); });
    EXPECT_EQ(made.error().kind, ErrorKind::Unsupported);
    EXPECT_EQ(made.error().field, "snapshots");
}

}  // namespace
}  // namespace potd::core
