#include "tests/support/core_fixture.hpp"

#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace potd::core {
namespace {

MountSpec mount_of(const std::string& name, const std::string& target = "/data", bool read_only = false) {
    return {MountSpec::Kind::Volume, name, target, read_only, 0};
}

class VolumeServiceTest : public testing::Test, public fakes::CoreFixture {
  protected:
    VolumeServiceTest() { install_base(); }

    static PotSpec spec_of(const std::string& name, std::vector<MountSpec> mounts) {
        PotSpec spec;
        spec.name = name;
        spec.base = "host";
        spec.command = {"/bin/true"};
        spec.mounts = std::move(mounts);
        return spec;
    }
    Result<PotPtr> create_with(const std::string& name, std::vector<MountSpec> mounts) {
        return *ask<PotPtr>([&](auto reply) { pots->create(spec_of(name, mounts), reply); });
    }
    Result<PotPtr> change(const std::string& name, std::vector<MountSpec> mounts) {
        PotPatch patch;
        patch.apply = [&](PotSpec& spec) {
            spec.mounts = mounts;
            return Status();
        };
        return *ask<PotPtr>([&](auto reply) { pots->change(name, patch, reply); });
    }
    Status remove(const std::string& name) {
        return *ask<void>([&](auto reply) { volumes->remove(name, reply); });
    }
    [[nodiscard]] bool has_tree(const std::string& name) const { return volume_store.exist.contains(name); }
    std::vector<std::string> event_types() {
        std::vector<std::string> types;
        for (const Event& event : journal.recorded().events) types.push_back(event.type);
        return types;
    }
};

TEST_F(VolumeServiceTest, MakesOneOfAName) {
    ASSERT_TRUE(create_volume("site")->ok());
    ASSERT_NE(volumes->find("site"), nullptr);
    EXPECT_TRUE(has_tree("site"));
    EXPECT_EQ(event_types().back(), "fscomp.created");
    const auto again = *create_volume("site");
    EXPECT_EQ(again.error().kind, ErrorKind::Conflict);
    EXPECT_EQ(again.error().field, "name");
    EXPECT_EQ(create_volume("../x")->error().field, "name");
    EXPECT_EQ(volumes->list().size(), 1U);
}

TEST_F(VolumeServiceTest, OneOfTwoAtOnceIsMade) {
    std::vector<Result<Volume>> answers;
    for (int i = 0; i < 2; ++i)
        volumes->create("site", 0, [&](Result<Volume> answer) { answers.push_back(std::move(answer)); });
    loop.run();
    ASSERT_EQ(answers.size(), 2U);
    EXPECT_NE(answers[0].ok(), answers[1].ok());
    EXPECT_TRUE(has_tree("site"));
}

TEST_F(VolumeServiceTest, WhatCannotBeMadeOrRecordedLeavesNothing) {
    volume_store.create_error = error(ErrorKind::ResourceExhausted, "no space left on device");
    EXPECT_EQ(create_volume("site")->error().kind, ErrorKind::ResourceExhausted);
    volume_store.create_error.reset();
    journal.fail_next(error(ErrorKind::ResourceExhausted, "disk full"));
    EXPECT_EQ(create_volume("site")->error().kind, ErrorKind::ResourceExhausted);
    EXPECT_FALSE(has_tree("site"));
    EXPECT_EQ(volumes->find("site"), nullptr);
    EXPECT_TRUE(create_volume("site")->ok());
}

TEST_F(VolumeServiceTest, ARemovalThatCannotBeRecordedLeavesItThere) {
    ASSERT_TRUE(create_volume("site")->ok());
    journal.fail_next(error(ErrorKind::ResourceExhausted, "disk full"));
    EXPECT_EQ(remove("site").error().kind, ErrorKind::ResourceExhausted);
    EXPECT_TRUE(has_tree("site"));
    EXPECT_NE(volumes->find("site"), nullptr);
    EXPECT_TRUE(remove("site").ok());
    EXPECT_FALSE(has_tree("site"));
    EXPECT_EQ(event_types().back(), "fscomp.removed");
    EXPECT_EQ(remove("site").error().kind, ErrorKind::NotFound);
}

TEST_F(VolumeServiceTest, SurvivesARestartAndWhatNobodyOwnsGoes) {
    ASSERT_TRUE(create_volume("site")->ok());
    volume_store.exist["half"] = 0;
    crash();
    EXPECT_NE(volumes->find("site"), nullptr);
    EXPECT_TRUE(has_tree("site"));
    EXPECT_FALSE(has_tree("half"));
}

TEST_F(VolumeServiceTest, ACrashBetweenTreeAndRecordLeavesNothing) {
    volumes->create("site", 0, [](const Result<Volume>&) { FAIL() << "potd died before that"; });
    ASSERT_TRUE(has_tree("site"));
    crash();
    EXPECT_FALSE(has_tree("site"));
    EXPECT_TRUE(create_volume("site")->ok());
}

TEST_F(VolumeServiceTest, ACrashBetweenTheEndOfTheRecordAndThatOfTheTreeLeavesNothing) {
    ASSERT_TRUE(create_volume("site")->ok());
    journal.hold_durable();
    volumes->remove("site", [](const Status&) { FAIL() << "potd died before that"; });
    loop.run();
    ASSERT_TRUE(has_tree("site")) << "it goes once its record cannot come back";
    EXPECT_EQ(volumes->find("site"), nullptr);
    EXPECT_EQ(create_with("web", {mount_of("site")}).error().field, "mounts[0].fscomp");
    crash();
    EXPECT_FALSE(has_tree("site"));
}

TEST_F(VolumeServiceTest, APotNeedsOneThatIsThere) {
    const auto refused = create_with("web", {mount_of("site")});
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().kind, ErrorKind::InvalidArgument);
    EXPECT_EQ(refused.error().field, "mounts[0].fscomp");
    EXPECT_NE(refused.error().message.find("'site'"), std::string::npos) << refused.error().message;
    EXPECT_NE(refused.error().message.find("an fscomp that exists"), std::string::npos);
    ASSERT_TRUE(create_volume("site")->ok());
    ASSERT_TRUE(create_with("web", {mount_of("site")}).ok());
    EXPECT_EQ(change("web", {mount_of("site"), mount_of("none", "/x")}).error().field, "mounts[1].fscomp");
}

TEST_F(VolumeServiceTest, TheRunGetsItsDirectory) {
    ASSERT_TRUE(create_volume("site")->ok());
    ASSERT_TRUE(create_with("web", {mount_of("site", "/var/www", true)}).ok());
    ASSERT_TRUE(start("web")->ok());
    const PotSpec& launched = runtime.runs.at(key("web")).request.spec;
    EXPECT_EQ(launched.mounts.front(),
              (MountSpec{MountSpec::Kind::Volume, "/fscomp/site", "/var/www", true, 0}));
    EXPECT_EQ(pots->find("web")->spec.mounts.front().source, "site");
}

TEST_F(VolumeServiceTest, OneInUseStaysAndNamesUpToFiveOfItsPots) {
    ASSERT_TRUE(create_volume("site")->ok());
    for (const char* name : {"a", "b", "c", "d", "e", "f"})
        ASSERT_TRUE(create_with(name, {mount_of("site"), mount_of("site", "/again", true)}).ok());
    EXPECT_EQ(remove("site").error().message, "fscomp site is used by a b c d e and 1 more");
    EXPECT_EQ(volumes->uses().at("site").size(), 12U);
    for (const char* name : {"b", "c", "d", "e", "f"})
        ASSERT_TRUE(ask<void>([&](auto reply) { pots->destroy(name, false, reply); })->ok());
    EXPECT_EQ(remove("site").error().message, "fscomp site is used by a");
    ASSERT_TRUE(change("a", {}).ok());
    EXPECT_TRUE(remove("site").ok());
}

TEST_F(VolumeServiceTest, StaysWhileAPotIsMadeOrChangedWithIt) {
    ASSERT_TRUE(create_volume("site")->ok());
    ASSERT_TRUE(create_with("old", {}).ok());
    const std::vector<std::function<void()>> requests{
        [&] { pots->create(spec_of("web", {mount_of("site")}), [](const Result<PotPtr>&) {}); },
        [&] {
            PotPatch patch;
            patch.apply = [](PotSpec& spec) {
                spec.mounts = {mount_of("site")};
                return Status();
            };
            pots->change("old", patch, [](const Result<PotPtr>&) {});
        }};
    for (const auto& request : requests) {
        request();
        Status removed;
        volumes->remove("site", [&](Status status) { removed = std::move(status); });
        loop.run();
        ASSERT_FALSE(removed.ok());
        EXPECT_NE(removed.error().message.find("being made or changed"), std::string::npos);
    }
    EXPECT_EQ(remove("site").error().message, "fscomp site is used by old web");
}

TEST_F(VolumeServiceTest, ALivePotDoesNotGiveOneUp) {
    ASSERT_TRUE(create_volume("site")->ok());
    create_volume("more");
    ASSERT_TRUE(create_with("web", {mount_of("site")}).ok());
    ASSERT_TRUE(start("web")->ok());
    const std::vector<std::vector<MountSpec>> others{
        {}, {mount_of("site", "/other")}, {mount_of("site", "/data", true)}, {mount_of("more")}};
    for (const auto& mounts : others) {
        const auto refused = change("web", mounts);
        ASSERT_FALSE(refused.ok());
        EXPECT_EQ(refused.error().kind, ErrorKind::Conflict);
        EXPECT_EQ(refused.error().field, "mounts");
        EXPECT_NE(refused.error().message.find("stop the pot first"), std::string::npos);
    }
    EXPECT_TRUE(change("web", {mount_of("more", "/more"), mount_of("site")}).ok()) << "one more is fine";
    EXPECT_EQ(remove("more").error().kind, ErrorKind::Conflict);
    stop("web");
    EXPECT_TRUE(change("web", {}).ok());
    EXPECT_TRUE(remove("site").ok());
    EXPECT_TRUE(remove("more").ok());
}

TEST_F(VolumeServiceTest, AFailedRequestLetsGo) {
    ASSERT_TRUE(create_volume("site")->ok());
    files.create_error = error(ErrorKind::ResourceExhausted, "disk full");
    EXPECT_FALSE(create_with("web", {mount_of("site")}).ok());
    files.create_error.reset();
    ASSERT_TRUE(create_with("web", {}).ok());
    journal.fail_next(error(ErrorKind::ResourceExhausted, "disk full"));
    EXPECT_FALSE(change("web", {mount_of("site")}).ok());
    EXPECT_TRUE(remove("site").ok());
}

TEST_F(VolumeServiceTest, AClonesUseCounts) {
    ASSERT_TRUE(create_volume("site")->ok());
    ASSERT_TRUE(create_with("web", {mount_of("site")}).ok());
    SnapshotService::Cloning cloning;
    cloning.name = "copy";
    cloning.take = true;
    ASSERT_TRUE(ask<PotPtr>([&](auto reply) { snapshots->clone("web", cloning, reply); })->ok());
    EXPECT_EQ(remove("site").error().message, "fscomp site is used by copy web");
}

TEST_F(VolumeServiceTest, AKeyIsStoredWithWhatItDid) {
    const std::string id =
        operations->begin({OperationKind::CreateVolume, {}, {}, IdempotencyKey{"key", "request"}, "site"});
    volumes->create(
        "site", 0, [](const Result<Volume>&) {}, operations->along(id));
    loop.run();
    crash();
    const auto found = operations->find(id);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->state, OperationState::Done) << "the record came with that of the operation";
    EXPECT_EQ(found->volume, "site");
}

}  // namespace
}  // namespace potd::core
