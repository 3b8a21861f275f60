#include "tests/support/core_fixture.hpp"

#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace potd::core {
namespace {

constexpr std::int64_t limit_mib = 1 << 20;

class DiskLimitsTest : public testing::Test, public fakes::CoreFixture {
  protected:
    DiskLimitsTest() {
        install_base();
        files.can.quotas = true;
        volume_store.can_limit = true;
    }

    Result<PotPtr> create_with(const std::string& name, std::int64_t bytes) {
        PotSpec spec;
        spec.name = name;
        spec.base = "host";
        spec.command = {"/bin/true"};
        spec.limits.disk = bytes;
        return *ask<PotPtr>([&](auto reply) { pots->create(spec, reply); });
    }
    static PotPatch to(std::int64_t bytes) {
        PotPatch patch;
        patch.apply = [bytes](PotSpec& spec) {
            spec.limits.disk = bytes;
            return Status();
        };
        return patch;
    }
    Result<PotPtr> change(const std::string& name, std::int64_t bytes) {
        return *ask<PotPtr>([&](auto reply) { pots->change(name, to(bytes), reply); });
    }
    std::int64_t held(const std::string& name) {
        const auto found = files.limits.find(pots->find(name)->id);
        return found == files.limits.end() ? 0 : found->second;
    }
    std::int64_t recorded(const std::string& name) { return pots->find(name)->spec.limits.disk; }
    Result<Volume> change_volume(const std::string& name, std::int64_t quota,
                                 std::optional<std::uint64_t> version = {}) {
        const auto edit = [quota](Volume& volume) {
            volume.quota = quota;
            return Status();
        };
        return *ask<Volume>([&](auto reply) { volumes->change(name, {edit, version}, reply); });
    }
    static Error refused(const Result<PotPtr>& result) {
        return result ? error(ErrorKind::Internal, "not refused") : result.error();
    }
};

TEST_F(DiskLimitsTest, ANewPotHasItsLimitFromTheBeginning) {
    ASSERT_TRUE(create_with("web", 8 * limit_mib));
    EXPECT_EQ(held("web"), 8 * limit_mib);
    ASSERT_TRUE(create_with("free", 0));
    EXPECT_EQ(held("free"), 0);
}

TEST_F(DiskLimitsTest, OneThatCannotHaveItLeavesNothing) {
    files.limit_error = error(ErrorKind::Conflict, "1 bytes are less than the 2 that are in it already");
    const Error full = refused(create_with("web", limit_mib));
    EXPECT_EQ(full.kind, ErrorKind::Conflict);
    EXPECT_EQ(full.field, "limits.disk");
    EXPECT_TRUE(files.exist.empty());
    EXPECT_EQ(pots->find("web"), nullptr);
    files.limit_error.reset();
    EXPECT_TRUE(create_with("web", limit_mib)) << "its name is free";
}

TEST_F(DiskLimitsTest, ADriverWithoutQuotasRefusesByName) {
    files.can.quotas = false;
    const Error none = refused(create_with("web", limit_mib));
    EXPECT_EQ(none.kind, ErrorKind::Unsupported);
    EXPECT_EQ(none.field, "limits.disk");
    EXPECT_NE(none.message.find("driver fake has no quotas; a state directory on btrfs or zfs has"),
              std::string::npos)
        << none.message;
    ASSERT_TRUE(create_with("web", 0));
    EXPECT_EQ(refused(change("web", limit_mib)).kind, ErrorKind::Unsupported);
    EXPECT_EQ(refused(change("web", -1)).kind, ErrorKind::InvalidArgument);
    EXPECT_EQ(refused(change("web", 4096)).field, "limits.disk");
}

TEST_F(DiskLimitsTest, AChangeHoldsAtOnceAndWhileThePotRuns) {
    ASSERT_TRUE(create_with("web", 0));
    start("web");
    ASSERT_TRUE(change("web", 2 * limit_mib));
    EXPECT_EQ(held("web"), 2 * limit_mib);
    EXPECT_EQ(recorded("web"), 2 * limit_mib);
    ASSERT_TRUE(change("web", 0));
    EXPECT_EQ(held("web"), 0);
    EXPECT_EQ(recorded("web"), 0);
}

TEST_F(DiskLimitsTest, BelowWhatIsThereNothingChanges) {
    ASSERT_TRUE(create_with("web", 4 * limit_mib));
    files.content[pots->find("web")->id] = std::string(3 * limit_mib, 'x');
    const Error full = refused(change("web", 2 * limit_mib));
    EXPECT_EQ(full.kind, ErrorKind::Conflict);
    EXPECT_EQ(full.field, "limits.disk");
    EXPECT_NE(full.message.find("2097152 bytes are less than the 3145728"), std::string::npos)
        << full.message;
    EXPECT_EQ(held("web"), 4 * limit_mib);
    EXPECT_EQ(recorded("web"), 4 * limit_mib);
}

TEST_F(DiskLimitsTest, WhatIsNotRecordedDoesNotHold) {
    ASSERT_TRUE(create_with("web", 4 * limit_mib));
    journal.fail_next(error(ErrorKind::ResourceExhausted, "disk full"));
    EXPECT_EQ(refused(change("web", 8 * limit_mib)).kind, ErrorKind::ResourceExhausted);
    EXPECT_EQ(held("web"), 4 * limit_mib);
    EXPECT_EQ(recorded("web"), 4 * limit_mib);
}

TEST_F(DiskLimitsTest, OfTwoChangesAtOnceOneIsMade) {
    ASSERT_TRUE(create_with("web", 0));
    std::vector<Result<PotPtr>> answers;
    for (const std::int64_t bytes : {2 * limit_mib, 4 * limit_mib})
        pots->change("web", to(bytes), [&](Result<PotPtr> answer) { answers.push_back(std::move(answer)); });
    loop.run();
    ASSERT_EQ(answers.size(), 2U);
    EXPECT_NE(answers[0].ok(), answers[1].ok());
    EXPECT_EQ(held("web"), recorded("web"));
    EXPECT_TRUE(start("web")->ok()) << "its life goes on";
}

TEST_F(DiskLimitsTest, AfterACrashTheRecordCounts) {
    ASSERT_TRUE(create_with("web", 4 * limit_mib));
    ASSERT_TRUE(create_with("free", 0));
    // potd died between the effect and its record.
    files.limits[pots->find("web")->id] = 8 * limit_mib;
    files.limits[pots->find("free")->id] = limit_mib;
    crash();
    EXPECT_EQ(held("web"), 4 * limit_mib);
    EXPECT_EQ(held("free"), 0);
}

TEST_F(DiskLimitsTest, ACloneHasThatOfItsSourceUnlessItIsGivenAnother) {
    ASSERT_TRUE(create_with("web", 4 * limit_mib));
    SnapshotService::Cloning cloning;
    cloning.name = "copy";
    cloning.take = true;
    ASSERT_TRUE(ask<PotPtr>([&](auto reply) { snapshots->clone("web", cloning, reply); })->ok());
    EXPECT_EQ(held("copy"), 4 * limit_mib);
    cloning.name = "larger";
    cloning.change = [](PotSpec& spec) {
        spec.limits.disk = 8 * limit_mib;
        return Status();
    };
    ASSERT_TRUE(ask<PotPtr>([&](auto reply) { snapshots->clone("web", cloning, reply); })->ok());
    EXPECT_EQ(held("larger"), 8 * limit_mib);
}

TEST_F(DiskLimitsTest, AVolumeHasItsQuotaFromTheBeginning) {
    ASSERT_TRUE(ask<Volume>([&](auto reply) { volumes->create("site", 2 * limit_mib, reply); })->ok());
    EXPECT_EQ(volume_store.limits.at("site"), 2 * limit_mib);
    EXPECT_EQ(volumes->find("site")->quota, 2 * limit_mib);
    volume_store.limit_error = error(ErrorKind::PermissionDenied, "no");
    EXPECT_EQ(ask<Volume>([&](auto reply) { volumes->create("none", limit_mib, reply); })->error().field,
              "quota");
    EXPECT_FALSE(volume_store.exist.contains("none"));
    volume_store.limit_error.reset();
    volume_store.can_limit = false;
    const auto refused = ask<Volume>([&](auto reply) { volumes->create("none", limit_mib, reply); });
    EXPECT_EQ(refused->error().kind, ErrorKind::Unsupported);
    EXPECT_EQ(refused->error().field, "quota");
    EXPECT_FALSE(volume_store.exist.contains("none"));
}

TEST_F(DiskLimitsTest, AVolumesQuotaChangesWithItsVersion) {
    ASSERT_TRUE(create_volume("site")->ok());
    ASSERT_TRUE(change_volume("site", 2 * limit_mib, 1));
    EXPECT_EQ(volumes->find("site")->version, 2U);
    const auto stale = change_volume("site", 4 * limit_mib, 1);
    EXPECT_EQ(stale.error().field, "If-Match");
    volume_store.exist["site"] = 3 * limit_mib;
    const auto full = change_volume("site", limit_mib);
    EXPECT_EQ(full.error().kind, ErrorKind::Conflict);
    EXPECT_EQ(full.error().field, "quota");
    EXPECT_EQ(change_volume("none", limit_mib).error().kind, ErrorKind::NotFound);
    EXPECT_EQ(change_volume("site", 1).error().kind, ErrorKind::InvalidArgument);
    EXPECT_EQ(volume_store.limits.at("site"), 2 * limit_mib);
    ASSERT_TRUE(change_volume("site", 0)) << "it is free again";
    EXPECT_TRUE(volume_store.limits.empty());
}

TEST_F(DiskLimitsTest, AQuotaThatIsNotRecordedDoesNotHold) {
    ASSERT_TRUE(create_volume("site")->ok());
    ASSERT_TRUE(change_volume("site", 2 * limit_mib));
    journal.fail_next(error(ErrorKind::ResourceExhausted, "disk full"));
    EXPECT_EQ(change_volume("site", 4 * limit_mib).error().kind, ErrorKind::ResourceExhausted);
    EXPECT_EQ(volume_store.limits.at("site"), 2 * limit_mib);
    volume_store.limits["site"] = 8 * limit_mib;
    crash();
    EXPECT_EQ(volume_store.limits.at("site"), 2 * limit_mib) << "the record counts";
    EXPECT_EQ(volumes->find("site")->quota, 2 * limit_mib);
    EXPECT_TRUE(change_volume("site", 0)) << "nothing is held for ever";
}

TEST_F(DiskLimitsTest, ACloneOfAVolumeHasTheQuotaOfItsSource) {
    ASSERT_TRUE(ask<Volume>([&](auto reply) { volumes->create("site", 2 * limit_mib, reply); })->ok());
    VolumeSnapshots::Cloning cloning{"copy", "", true, {}};
    ASSERT_TRUE(ask<Volume>([&](auto reply) { volume_snapshots->clone("site", cloning, reply); })->ok());
    EXPECT_EQ(volume_store.limits.at("copy"), 2 * limit_mib);
    cloning.name = "free";
    cloning.quota = 0;
    ASSERT_TRUE(ask<Volume>([&](auto reply) { volume_snapshots->clone("site", cloning, reply); })->ok());
    EXPECT_FALSE(volume_store.limits.contains("free"));
}

}  // namespace
}  // namespace potd::core
