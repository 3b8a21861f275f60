#include "tests/support/core_fixture.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace potd::core {
namespace {

const MountSpec data{MountSpec::Kind::Volume, "site", "/data", false, 0};
const MountSpec shown_data{MountSpec::Kind::Volume, "/fscomp/site", "/data", false, 0};

class PotMountsTest : public testing::Test, public fakes::CoreFixture {
  protected:
    PotMountsTest() {
        install_base();
        EXPECT_TRUE(create_volume("site")->ok());
        EXPECT_TRUE(create("web")->ok());
    }
    Result<PotPtr> mount(const MountSpec& mount) {
        return *ask<PotPtr>([&](auto reply) { pots->mount("web", mount, reply); });
    }
    Result<PotPtr> unmount(const std::string& target) {
        return *ask<PotPtr>([&](auto reply) { pots->unmount("web", target, reply); });
    }
    Status remove_volume() {
        return *ask<void>([&](auto reply) { volumes->remove("site", reply); });
    }
    [[nodiscard]] std::vector<MountSpec> in_spec() const { return pots->find("web")->spec.mounts; }
    std::vector<MountSpec> in_run() { return live_mounts.shown[key("web")]; }
    using Mounts = std::vector<MountSpec>;
};

TEST_F(PotMountsTest, OfAStoppedPotOnlyTheSpecChanges) {
    ASSERT_TRUE(mount(data).ok());
    EXPECT_EQ(in_spec(), Mounts{data});
    EXPECT_TRUE(live_mounts.shown.empty());
    ASSERT_TRUE(unmount("/data").ok());
    EXPECT_TRUE(in_spec().empty());
    const auto none = unmount("/data");
    EXPECT_EQ(none.error().kind, ErrorKind::NotFound);
    EXPECT_EQ(none.error().field, "target");
}

TEST_F(PotMountsTest, OfAnUpPotTheRunChangesToo) {
    start("web");
    ASSERT_TRUE(mount(data).ok());
    EXPECT_EQ(in_spec(), Mounts{data});
    EXPECT_EQ(in_run(), Mounts{shown_data});
    EXPECT_EQ(remove_volume().error().kind, ErrorKind::Conflict);
    ASSERT_TRUE(unmount("/data").ok());
    EXPECT_TRUE(in_spec().empty());
    EXPECT_TRUE(in_run().empty());
    EXPECT_TRUE(remove_volume().ok());
}

TEST_F(PotMountsTest, WhatCannotBeShownIsNotInTheSpec) {
    start("web");
    live_mounts.error = error(ErrorKind::Conflict, "a link in the way");
    const auto refused = mount(data);
    ASSERT_FALSE(refused.ok());
    EXPECT_NE(refused.error().message.find("a link in the way"), std::string::npos);
    EXPECT_TRUE(in_spec().empty());
    live_mounts.error.reset();
    EXPECT_TRUE(remove_volume().ok()) << "nothing holds it any more";
}

TEST_F(PotMountsTest, ABusyMountStaysInTheSpec) {
    start("web");
    ASSERT_TRUE(mount(data).ok());
    live_mounts.error = error(ErrorKind::Conflict, "in use");
    EXPECT_EQ(unmount("/data").error().kind, ErrorKind::Conflict);
    EXPECT_EQ(in_spec(), Mounts{data});
}

TEST_F(PotMountsTest, OneThatIsForTheNextStartGoesWithoutTheRun) {
    start("web");
    PotPatch patch;
    patch.apply = [](PotSpec& spec) {
        spec.mounts = {data, {MountSpec::Kind::Directory, "/srv", "/srv", false, 0}};
        return Status();
    };
    ASSERT_TRUE(ask<PotPtr>([&](auto reply) { pots->change("web", patch, reply); })->ok());
    ASSERT_TRUE(unmount("/srv").ok());
    const auto refused = unmount("/data");
    EXPECT_EQ(refused.error().kind, ErrorKind::Conflict) << "it may be mounted elsewhere in the run";
    EXPECT_EQ(in_spec(), Mounts{data});
    stop("web");
    EXPECT_TRUE(unmount("/data").ok());
}

TEST_F(PotMountsTest, WhatCannotBeRecordedIsAsItWas) {
    start("web");
    journal.fail_next(error(ErrorKind::ResourceExhausted, "disk full"));
    EXPECT_EQ(mount(data).error().kind, ErrorKind::ResourceExhausted);
    EXPECT_TRUE(in_spec().empty());
    EXPECT_TRUE(in_run().empty());
    ASSERT_TRUE(mount(data).ok());
    journal.fail_next(error(ErrorKind::ResourceExhausted, "disk full"));
    EXPECT_EQ(unmount("/data").error().kind, ErrorKind::ResourceExhausted);
    EXPECT_EQ(in_spec(), Mounts{data});
    EXPECT_EQ(in_run(), Mounts{shown_data}) << "mounted again";
}

TEST_F(PotMountsTest, ARunThatEndsMeanwhileLeavesItToTheNext) {
    start("web");
    live_mounts.error = error(ErrorKind::NotFound, "the pot is gone");
    Result<PotPtr> result = error(ErrorKind::Internal, "no answer");
    pots->mount("web", data, [&](Result<PotPtr> answer) { result = std::move(answer); });
    runtime.exit(key("web"), 0);
    loop.run();
    ASSERT_TRUE(result.ok()) << result.error().message;
    EXPECT_EQ(in_spec(), Mounts{data});
}

TEST_F(PotMountsTest, ChecksWhatASpecIsCheckedFor) {
    start("web");
    const auto unknown = mount({MountSpec::Kind::Volume, "none", "/x", false, 0});
    EXPECT_EQ(unknown.error().field, "fscomp");
    ASSERT_TRUE(mount(data).ok());
    EXPECT_EQ(mount({MountSpec::Kind::Directory, "/srv", "/data", false, 0}).error().field, "target");
    EXPECT_EQ(mount({MountSpec::Kind::Tmpfs, "", "/fast", false, 0}).error().kind, ErrorKind::Conflict);
    EXPECT_EQ(in_spec(), Mounts{data});
}

TEST_F(PotMountsTest, WhereThereIsNoSuchThingARunIsLeftAlone) {
    start("web");
    live_mounts.able = error(ErrorKind::Unsupported, "at the start only");
    EXPECT_EQ(mount(data).error().kind, ErrorKind::Unsupported);
    EXPECT_TRUE(in_spec().empty());
    stop("web");
    EXPECT_TRUE(mount(data).ok());
    EXPECT_TRUE(unmount("/data").ok());
}

TEST_F(PotMountsTest, APotOnItsWayIsRefused) {
    runtime.start_at_once = false;
    pots->start("web", [](const Result<PotPtr>&) {});
    loop.run();
    ASSERT_EQ(state("web"), PotState::Starting);
    EXPECT_EQ(mount(data).error().kind, ErrorKind::Conflict);
    EXPECT_TRUE(in_spec().empty());
}

TEST_F(PotMountsTest, ACrashInBetweenLeavesItToTheNextStart) {
    start("web");
    pots->mount("web", data, [](const Result<PotPtr>&) { FAIL() << "potd died before that"; });
    while (in_spec().empty() && loop.run_one()) {
    }
    ASSERT_EQ(in_spec(), Mounts{data});
    crash();
    EXPECT_EQ(in_spec(), Mounts{data});
    stop("web");
    ASSERT_TRUE(start("web")->ok());
    EXPECT_EQ(runtime.runs.at(key("web")).request.spec.mounts, Mounts{shown_data});
}

TEST_F(PotMountsTest, ADatasetIsShownWhereItIsMounted) {
    const MountSpec dataset{MountSpec::Kind::Dataset, "tank/data", "/tank", false, 0};
    MountSpec resolved = dataset;
    resolved.source = "/srv/tank";
    start("web");
    const auto none = mount(dataset);
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().kind, ErrorKind::InvalidArgument);
    EXPECT_EQ(none.error().field, "dataset");
    datasets.mounted["tank/data"] = "/srv/tank";
    ASSERT_TRUE(mount(dataset));
    EXPECT_EQ(live_mounts.shown[key("web")].back(), resolved);
    stop("web");
    datasets.mounted["tank/data"] = "/elsewhere";
    ASSERT_TRUE(start("web")->ok());
    EXPECT_EQ(runtime.runs[key("web")].request.spec.mounts.back().source, "/elsewhere")
        << "asked for at each start";
}

TEST_F(PotMountsTest, ADatasetThatIsAwayFailsTheStartAndNoOtherChange) {
    datasets.mounted["tank/data"] = "/srv/tank";
    stop("web");
    ASSERT_TRUE(mount({MountSpec::Kind::Dataset, "tank/data", "/tank", false, 0}));
    datasets.mounted.clear();
    PotPatch patch;
    patch.apply = [](PotSpec& spec) {
        spec.labels["a"] = "b";
        return Status();
    };
    EXPECT_TRUE(ask<PotPtr>([&](auto reply) { pots->change("web", patch, reply); })->ok());
    const auto failed = start("web");
    ASSERT_FALSE(failed->ok());
    EXPECT_NE(failed->error().message.find("tank/data is not mounted"), std::string::npos)
        << failed->error().message;
    EXPECT_EQ(state("web"), PotState::Failed);
    datasets.error = error(ErrorKind::Unsupported, "this machine has no ZFS");
    const auto refused = mount({MountSpec::Kind::Dataset, "tank/more", "/more", false, 0});
    EXPECT_EQ(refused.error().kind, ErrorKind::Unsupported);
    EXPECT_EQ(refused.error().field, "dataset");
    EXPECT_EQ(mount({MountSpec::Kind::Dataset, "/tank", "/more", false, 0}).error().kind,
              ErrorKind::InvalidArgument);
}

}  // namespace
}  // namespace potd::core
