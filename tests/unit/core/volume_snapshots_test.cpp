#include "core/service/volume_snapshots.hpp"

#include "tests/support/core_fixture.hpp"

#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace potd::core {
namespace {

class VolumeSnapshotsTest : public testing::Test, public fakes::CoreFixture {
  protected:
    VolumeSnapshotsTest() {
        install_base();
        create_volume("site");
        write("site", 100);
    }
    /// What the fake has for files.
    void write(const std::string& volume, std::int64_t bytes) { volume_store.exist.at(volume) = bytes; }
    [[nodiscard]] std::int64_t content(const std::string& volume) const {
        return volume_store.exist.at(volume);
    }

    Result<VolumeSnapshot> take(const std::string& name = {}, bool replace = false) {
        return *ask<VolumeSnapshot>([&](auto reply) {
            volume_snapshots->take("site", {name, replace}, reply);
        });
    }
    Result<Volume> roll_back(const std::string& snapshot = {}, bool destroy_newer = false) {
        return *ask<Volume>([&](auto reply) {
            volume_snapshots->roll_back("site", {snapshot, destroy_newer}, reply);
        });
    }
    Result<Volume> clone(const VolumeSnapshots::Cloning& request) {
        return *ask<Volume>([&](auto reply) { volume_snapshots->clone("site", request, reply); });
    }
    Status remove(const std::string& snapshot) {
        return *ask<void>([&](auto reply) { volume_snapshots->remove("site", snapshot, reply); });
    }
    std::vector<std::string> names() {
        std::vector<std::string> found;
        const auto all = volume_snapshots->list("site");
        if (!all) return {all.error().message};
        for (const VolumeSnapshot& one : *all) found.push_back(one.name);
        return found;
    }
    void create_with(const std::string& name, bool read_only) {
        PotSpec spec;
        spec.name = name;
        spec.base = "host";
        spec.command = {"/bin/true"};
        spec.mounts = {{MountSpec::Kind::Volume, "site", "/data", read_only, 0}};
        ASSERT_TRUE(ask<PotPtr>([&](auto reply) { pots->create(spec, reply); })->ok());
    }
};

using Names = std::vector<std::string>;

TEST_F(VolumeSnapshotsTest, KeepsWhatWasThereAndGivesItBack) {
    const auto taken = take("first");
    ASSERT_TRUE(taken) << taken.error().message;
    EXPECT_EQ(taken->key, (VolumeSnapshotKey{"site", 1}));
    write("site", 200);
    const auto second = take();
    ASSERT_TRUE(second);
    EXPECT_TRUE(second->name.ends_with("Z-2")) << second->name;
    write("site", 300);
    ASSERT_TRUE(roll_back());
    EXPECT_EQ(content("site"), 200);
    const auto refused = roll_back("first");
    EXPECT_EQ(refused.error().field, "destroy_newer");
    EXPECT_NE(refused.error().message.find(second->name), std::string::npos);
    EXPECT_EQ(content("site"), 200);
    ASSERT_TRUE(roll_back("1", true));
    EXPECT_EQ(content("site"), 100);
    EXPECT_EQ(names(), Names{"first"});
    EXPECT_EQ(volume_store.snapshots.size(), 1U);
    ASSERT_TRUE(take());
    EXPECT_TRUE(volume_snapshots->find("site", "3")) << "no number is given twice";
}

TEST_F(VolumeSnapshotsTest, KeepsLabelsAndPurgesByThem) {
    const VolumeSnapshots::Taking nightly{{}, false, {{"kind", "nightly"}}};
    for (int i = 0; i < 2; ++i) {
        ASSERT_TRUE(
            *ask<VolumeSnapshot>([&](auto reply) { volume_snapshots->take("site", nightly, reply); }));
        ASSERT_TRUE(take());
    }
    crash();
    EXPECT_EQ(volume_snapshots->find("site", "3")->labels, nightly.labels);
    const VolumeSnapshots::Purging purging{1, {}, {"kind", "nightly"}};
    ASSERT_TRUE(*ask<std::vector<VolumeSnapshot>>(
        [&](auto reply) { volume_snapshots->purge("site", purging, reply); }));
    EXPECT_EQ(names().size(), 3U);
    EXPECT_FALSE(volume_snapshots->find("site", "1"));
    const VolumeSnapshots::Taking bad{{}, false, {{"", ""}}};
    const auto refused =
        *ask<VolumeSnapshot>([&](auto reply) { volume_snapshots->take("site", bad, reply); });
    EXPECT_EQ(refused.error().field, "labels");
}

TEST_F(VolumeSnapshotsTest, TellsWhyASizeIsUnknown) {
    ASSERT_TRUE(take("a"));
    const std::vector<VolumeSnapshot> all = *volume_snapshots->list("site");
    volume_store.measure_error = error(ErrorKind::Internal, "input/output error");
    const auto sizes =
        *ask<std::vector<std::int64_t>>([&](auto reply) { volume_snapshots->measure(all, reply); });
    EXPECT_EQ(sizes.error().message, "input/output error");
}

TEST_F(VolumeSnapshotsTest, SaysWhatIsNotThere) {
    EXPECT_EQ(roll_back().error().message, "fscomp site has no snapshot");
    EXPECT_EQ(remove("x").error().message, "fscomp site has no snapshot 'x'");
    EXPECT_EQ(take("a/b").error().field, "name");
    ASSERT_TRUE(take("a"));
    EXPECT_EQ(take("a").error().field, "name");
    EXPECT_EQ(volume_snapshots->list("none").error().kind, ErrorKind::NotFound);
    const auto none = *ask<VolumeSnapshot>([&](auto reply) { volume_snapshots->take("none", {}, reply); });
    EXPECT_EQ(none.error().message, "no fscomp is called 'none'");
}

TEST_F(VolumeSnapshotsTest, ACopyWantsThatNobodyWritesARollbackThatNobodyHasItMounted) {
    create_with("reader", true);
    create_with("writer", false);
    ASSERT_TRUE(start("reader")->ok());
    ASSERT_TRUE(take("a")) << "nobody writes";
    EXPECT_NE(roll_back().error().message.find("pot reader mounts it and is running"), std::string::npos);
    ASSERT_TRUE(start("writer")->ok());
    const auto refused = take("b");
    EXPECT_EQ(refused.error().kind, ErrorKind::Conflict);
    EXPECT_NE(refused.error().message.find("pot writer"), std::string::npos) << refused.error().message;
    volume_store.can_share = true;
    EXPECT_TRUE(take("b")) << "of one moment, whoever writes";
    volume_store.can_share = false;
    stop("writer");
    stop("reader");
    EXPECT_TRUE(roll_back());
    EXPECT_TRUE(start("writer")->ok()) << "its life goes on";
}

TEST_F(VolumeSnapshotsTest, APotDoesNotStartAmidARollback) {
    create_with("web", false);
    ASSERT_TRUE(take("a"));
    write("site", 200);
    std::vector<std::string> order;
    volume_snapshots->roll_back("site", {}, [&](const Result<Volume>& done) {
        order.push_back(done ? "back" : done.error().message);
        EXPECT_EQ(content("site"), 100);
    });
    pots->start("web",
                [&](const Result<PotPtr>& done) { order.push_back(done ? "up" : done.error().message); });
    loop.run();
    EXPECT_EQ(order, (Names{"back", "up"}));
}

TEST_F(VolumeSnapshotsTest, MeanwhileItIsNeitherRemovedNorMountedByANewPot) {
    ASSERT_TRUE(take("a"));
    create_with("web", false);
    volume_snapshots->roll_back("site", {}, [](const Result<Volume>& done) { EXPECT_TRUE(done); });
    std::optional<Status> removed;
    volumes->remove("site", [&](Status status) { removed = std::move(status); });
    PotSpec spec;
    spec.name = "late";
    spec.base = "host";
    spec.command = {"/bin/true"};
    spec.mounts = {{MountSpec::Kind::Volume, "site", "/data", false, 0}};
    std::optional<Result<PotPtr>> created;
    pots->create(spec, [&](Result<PotPtr> pot) { created = std::move(pot); });
    std::optional<Result<VolumeSnapshot>> second;
    volume_snapshots->take("site", {}, [&](Result<VolumeSnapshot> one) { second = std::move(one); });
    loop.run();
    ASSERT_TRUE(removed && created && second);
    EXPECT_EQ(removed->error().kind, ErrorKind::Conflict);
    EXPECT_EQ(created->error().kind, ErrorKind::Conflict);
    EXPECT_EQ(created->error().field, "mounts[0].fscomp");
    EXPECT_EQ(second->error().kind, ErrorKind::Conflict);
    EXPECT_TRUE(ask<PotPtr>([&](auto reply) { pots->create(spec, reply); })->ok()) << "afterwards it is free";
}

TEST_F(VolumeSnapshotsTest, MakesAnotherVolumeOfOne) {
    EXPECT_EQ(clone({"copy", "", false}).error().field, "take_snapshot");
    EXPECT_EQ(clone({"site", "", true}).error().field, "name");
    EXPECT_EQ(clone({"a b", "", true}).error().field, "name");
    EXPECT_EQ(names().size(), 0U) << "what is refused takes none";
    ASSERT_TRUE(clone({"copy", "", true}));
    write("site", 200);
    EXPECT_EQ(content("copy"), 100);
    EXPECT_EQ(names().size(), 1U);
    EXPECT_EQ(clone({"copy", "", false}).error().field, "name");
    EXPECT_EQ(clone({"more", "nope", false}).error().kind, ErrorKind::NotFound);
    EXPECT_EQ(clone({"more", "nope", false}).error().field, "snapshot");
    volume_store.create_error = error(ErrorKind::ResourceExhausted, "no space left on device");
    EXPECT_EQ(clone({"more", "", false}).error().kind, ErrorKind::ResourceExhausted);
    EXPECT_EQ(volumes->find("more"), nullptr);
    EXPECT_TRUE(take()) << "the source is free again";
}

TEST_F(VolumeSnapshotsTest, RemovesAndPurges) {
    for (const char* name : {"a", "b", "c", "d"}) ASSERT_TRUE(take(name));
    ASSERT_TRUE(remove("b"));
    EXPECT_EQ(names(), (Names{"a", "c", "d"}));
    VolumeSnapshots::Purging young{0, milliseconds(60'000)};
    using Removed = std::vector<VolumeSnapshot>;
    EXPECT_TRUE(
        ask<Removed>([&](auto reply) { volume_snapshots->purge("site", young, reply); })->value().empty());
    const auto gone = *ask<Removed>([&](auto reply) { volume_snapshots->purge("site", {}, reply); });
    EXPECT_EQ(gone->size(), 2U);
    EXPECT_EQ(names(), Names{"d"});
    ASSERT_TRUE(take("e", true));
    EXPECT_EQ(names(), Names{"e"}) << "the oldest went when it was there";
    EXPECT_EQ(volume_store.snapshots.size(), 1U);
}

TEST_F(VolumeSnapshotsTest, WhatCannotBeMadeOrRecordedLeavesNothing) {
    volume_store.snapshot_error = error(ErrorKind::ResourceExhausted, "no space left on device");
    EXPECT_EQ(take("a").error().kind, ErrorKind::ResourceExhausted);
    volume_store.snapshot_error.reset();
    journal.fail_next(error(ErrorKind::ResourceExhausted, "disk full"));
    EXPECT_EQ(take("a").error().kind, ErrorKind::ResourceExhausted);
    EXPECT_TRUE(volume_store.snapshots.empty());
    EXPECT_EQ(names(), Names{});
    ASSERT_TRUE(take("a"));
    journal.fail_next(error(ErrorKind::ResourceExhausted, "disk full"));
    EXPECT_FALSE(remove("a"));
    EXPECT_EQ(names(), Names{"a"});
    EXPECT_EQ(volume_store.snapshots.size(), 1U);
}

TEST_F(VolumeSnapshotsTest, SurvivesARestartAndWhatNobodyRecordedGoes) {
    ASSERT_TRUE(take("a"));
    ASSERT_TRUE(take("b"));
    ASSERT_TRUE(remove("b"));
    volume_store.snapshots[{"site", 9}] = 1;
    crash();
    EXPECT_EQ(names(), Names{"a"});
    EXPECT_EQ(volume_store.snapshots.size(), 1U);
    const auto next = take();
    ASSERT_TRUE(next);
    EXPECT_EQ(next->key.number, 3U);
}

TEST_F(VolumeSnapshotsTest, GoWithTheirVolume) {
    ASSERT_TRUE(take("a"));
    ASSERT_TRUE(*ask<void>([&](auto reply) { volumes->remove("site", reply); }));
    EXPECT_TRUE(volume_store.snapshots.empty());
    ASSERT_TRUE(create_volume("site")->ok());
    EXPECT_EQ(names(), Names{});
    EXPECT_EQ(take()->key.number, 1U);
}

}  // namespace
}  // namespace potd::core
