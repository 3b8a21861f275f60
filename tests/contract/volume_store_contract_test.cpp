#include "daemon/platform/posix/choose_file_system.hpp"
#include "daemon/platform/posix/volume_store.hpp"
#include "tests/contract/machine.hpp"
#include "tests/fakes/fake_machine.hpp"
#include "tests/fakes/manual_loop.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/support/zfs_pool.hpp"

#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <sys/stat.h>

namespace potd {
namespace {

namespace fs = std::filesystem;
using core::ErrorKind;

struct FakeVolumes {
    static std::unique_ptr<core::VolumeStore> open(core::Executor& executor, const fs::path& /*state*/) {
        return std::make_unique<fakes::FakeVolumeStore>(executor);
    }
    static fs::path ground() { return {}; }
};

struct TreeVolumes {
    static std::unique_ptr<core::VolumeStore> open(core::Executor& executor, const fs::path& state) {
        auto opened = platform::TreeVolumeStore::open(executor, state.string(), {});
        if (!opened) return nullptr;
        return std::move(opened).value();
    }
    static fs::path ground() { return {}; }
};

struct BtrfsVolumes : TreeVolumes {
    static fs::path ground() { return test::btrfs_ground(); }
};

/// On the pool that POTD_TEST_ZPOOL names, else on a stand-in for zfs.
struct ZfsVolumeDatasets {
    static std::unique_ptr<core::VolumeStore> open(core::Executor& executor, const fs::path& state) {
        platform::FileSystemOptions options;
        options.state_dir = state.string();
        options.driver = platform::FileSystemDriver::Zfs;
        options.instance = "contract";
        options.zfs_root = root();
        options.zfs_program = test::zfs_pool().program();
        auto chosen = platform::choose_file_system(executor, options);
        if (!chosen) return nullptr;
        return std::move(chosen->fscomps);
    }
    static fs::path ground() { return {}; }
    /// Of the present test.
    static std::string& root() {
        static std::string name;
        return name;
    }
};

template <class Adapter>
class VolumeStoreContractTest : public testing::Test {
  protected:
    void SetUp() override {
        if (std::is_same_v<Adapter, BtrfsVolumes> && Adapter::ground().empty())
            GTEST_SKIP() << "no btrfs can be mounted here (root, mkfs.btrfs, loop devices)";
        if (is_zfs && !test::zfs_pool().usable()) GTEST_SKIP() << "no zfs and no stand-in for it here (root)";
        if (is_zfs) ZfsVolumeDatasets::root() = test::zfs_pool().new_dataset();
        store_ = Adapter::open(executor_, dir_.path());
        ASSERT_NE(store_, nullptr);
    }
    /// Nothing is left of what was discarded.
    void TearDown() override {
        if (store_) {
            EXPECT_TRUE(store_->sweep({}, {}, {}));
            executor_.run();
            EXPECT_TRUE(!is_zfs ||
                        test::zfs_pool().names_below(ZfsVolumeDatasets::root() + "/fscomp").empty());
        }
        const bool made = store_ != nullptr;
        store_.reset();
        EXPECT_TRUE(!made || !is_zfs ||
                    test::zfs_pool().zfs({"destroy", "-f", "-r", ZfsVolumeDatasets::root()}));
    }
    static constexpr bool is_zfs = std::is_same_v<Adapter, ZfsVolumeDatasets>;

    core::Status create(const std::string& name) {
        std::optional<core::Status> made;
        store_->create(name, [&](core::Status status) { made = std::move(status); });
        EXPECT_FALSE(made) << "answers later";
        executor_.run();
        return made ? *made : core::Status(core::error(ErrorKind::Internal, "no answer"));
    }
    template <class Key>
    core::Result<std::int64_t> measure(const Key& key) {
        core::Result<std::int64_t> bytes = core::error(ErrorKind::Internal, "no answer");
        store_->measure(key, [&](core::Result<std::int64_t> found) { bytes = std::move(found); });
        executor_.run();
        return bytes;
    }
    template <class Call>
    core::Status ask(const Call& call) {
        core::Status status = core::error(ErrorKind::Internal, "no answer");
        call([&](core::Status answer) { status = std::move(answer); });
        executor_.run();
        return status;
    }
    core::Status snapshot(const core::VolumeSnapshotKey& key) {
        return ask([&](auto reply) { store_->snapshot(key, reply); });
    }
    core::Status rollback(const core::VolumeSnapshotKey& key) {
        return ask([&](auto reply) { store_->rollback(key, reply); });
    }
    core::Status clone(const core::VolumeSnapshotKey& key, const std::string& name) {
        return ask([&](auto reply) { store_->clone(key, name, reply); });
    }
    /// As after a restart of potd.
    void reopen() {
        store_.reset();
        store_ = Adapter::open(executor_, dir_.path());
    }

    fakes::ManualExecutor executor_;
    test::TempDir dir_{"potd-test", Adapter::ground()};
    std::unique_ptr<core::VolumeStore> store_;
};

using VolumeAdapters = testing::Types<FakeVolumes, TreeVolumes, BtrfsVolumes, ZfsVolumeDatasets>;
TYPED_TEST_SUITE(VolumeStoreContractTest, VolumeAdapters);

/// What only real files have.
template <class Adapter>
class VolumeFilesContractTest : public VolumeStoreContractTest<Adapter> {};
using VolumeFiles = testing::Types<TreeVolumes, BtrfsVolumes, ZfsVolumeDatasets>;
TYPED_TEST_SUITE(VolumeFilesContractTest, VolumeFiles);

/// What directories have that are no datasets.
template <class Adapter>
class VolumeTreeContractTest : public VolumeStoreContractTest<Adapter> {};
using VolumeTrees = testing::Types<TreeVolumes, BtrfsVolumes>;
TYPED_TEST_SUITE(VolumeTreeContractTest, VolumeTrees);

TYPED_TEST(VolumeStoreContractTest, MakesOneOfAName) {
    ASSERT_TRUE(this->create("site"));
    EXPECT_EQ(this->create("site").error().kind, ErrorKind::Conflict);
    EXPECT_TRUE(this->measure(std::string("site")));
    EXPECT_EQ(this->measure(std::string("none")).error().kind, ErrorKind::NotFound);
    EXPECT_NE(this->store_->path("site"), this->store_->path("other"));
}

TYPED_TEST(VolumeStoreContractTest, DiscardsIdempotentlyAndFreesTheName) {
    ASSERT_TRUE(this->create("site"));
    EXPECT_TRUE(this->store_->discard("site"));
    EXPECT_EQ(this->measure(std::string("site")).error().kind, ErrorKind::NotFound);
    EXPECT_TRUE(this->store_->discard("site"));
    EXPECT_TRUE(this->create("site"));
}

TYPED_TEST(VolumeStoreContractTest, SweepsWhatIsNotKnown) {
    ASSERT_TRUE(this->create("site"));
    ASSERT_TRUE(this->create("stray"));
    ASSERT_TRUE(this->store_->sweep({"site", "never-made"}, {}, {}));
    EXPECT_TRUE(this->measure(std::string("site")));
    EXPECT_EQ(this->measure(std::string("stray")).error().kind, ErrorKind::NotFound);
}

TYPED_TEST(VolumeTreeContractTest, ShowsAnEmptyDirectoryThatIsRoots) {
    ASSERT_TRUE(this->create("site"));
    const std::string path = this->store_->path("site");
    EXPECT_EQ(path, (this->dir_ / "fscomp/site/root").string());
    struct stat about {};
    ASSERT_EQ(::stat(path.c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 07777U, 0755U);
    EXPECT_TRUE(fs::is_empty(path));
    EXPECT_EQ(fs::status(this->dir_ / "fscomp").permissions(), fs::perms(0700))
        << "what pots write there is not for other users of the machine";
}

TYPED_TEST(VolumeFilesContractTest, KeepsWhatIsInThemThroughARestart) {
    ASSERT_TRUE(this->create("site"));
    test::write_file(fs::path(this->store_->path("site")) / "file", test::noise(100'000));
    this->reopen();
    ASSERT_TRUE(this->store_->sweep({"site"}, {}, {}));
    if (this->is_zfs) test::zfs_pool().sync();
    EXPECT_GE(*this->measure(std::string("site")), 100'000);
    ASSERT_TRUE(this->store_->discard("site"));
    EXPECT_TRUE(fs::is_empty(this->dir_ / "fscomp"));
    this->executor_.run();
    EXPECT_TRUE(fs::is_empty(this->dir_ / "trash"));
}

/// The states after a crash at each step of a create, and of a discard.
TYPED_TEST(VolumeTreeContractTest, ForgetsAHalfMadeOne) {
    fs::create_directories(this->dir_ / "fscomp/.new-site/root");
    fs::create_directories(this->dir_ / "fscomp/.new-other");
    EXPECT_TRUE(this->create("site")) << "the name can be used";
    ASSERT_TRUE(this->store_->sweep({"site", "other"}, {}, {}));
    EXPECT_FALSE(fs::exists(this->dir_ / "fscomp/.new-other"));
    EXPECT_TRUE(this->measure(std::string("site")));
    this->executor_.run();
    EXPECT_TRUE(fs::is_empty(this->dir_ / "trash"));
}

constexpr std::int64_t volume_mib = 1 << 20;
const core::VolumeSnapshotKey site_1{"site", 1};
const core::VolumeSnapshotKey site_2{"site", 2};

TYPED_TEST(VolumeStoreContractTest, DiscardsSnapshotsIdempotentlyAloneAndWithTheirVolume) {
    ASSERT_TRUE(this->create("site"));
    ASSERT_TRUE(this->snapshot(site_1));
    ASSERT_TRUE(this->snapshot(site_2));
    EXPECT_TRUE(this->measure(site_1));
    EXPECT_TRUE(this->store_->discard(site_1));
    EXPECT_TRUE(this->store_->discard(site_1));
    EXPECT_EQ(this->measure(site_1).error().kind, ErrorKind::NotFound);
    EXPECT_TRUE(this->measure(site_2));
    EXPECT_TRUE(this->store_->discard("site"));
    EXPECT_EQ(this->measure(site_2).error().kind, ErrorKind::NotFound);
}

TYPED_TEST(VolumeStoreContractTest, SweepsSnapshotsThatAreNotKnown) {
    ASSERT_TRUE(this->create("site"));
    ASSERT_TRUE(this->snapshot(site_1));
    ASSERT_TRUE(this->snapshot(site_2));
    ASSERT_TRUE(this->store_->sweep({"site"}, {site_2}, {}));
    EXPECT_EQ(this->measure(site_1).error().kind, ErrorKind::NotFound);
    EXPECT_TRUE(this->measure(site_2));
}

TYPED_TEST(VolumeFilesContractTest, ASnapshotKeepsWhatWasThere) {
    ASSERT_TRUE(this->create("site"));
    const fs::path tree = this->store_->path("site");
    test::write_file(tree / "deep/file", "one");
    fs::permissions(tree / "deep", fs::perms(0710));
    ASSERT_TRUE(this->snapshot(site_1));
    test::write_file(tree / "deep/file", "two");
    test::write_file(tree / "more", "x");
    ASSERT_TRUE(this->snapshot(site_2));
    ASSERT_TRUE(this->rollback(site_1));
    EXPECT_EQ(test::read_file(tree / "deep/file"), "one");
    EXPECT_FALSE(fs::exists(tree / "more"));
    EXPECT_EQ(fs::status(tree / "deep").permissions(), fs::perms(0710));
    test::write_file(tree / "deep/file", "three");
    ASSERT_TRUE(this->rollback(site_2));
    EXPECT_EQ(test::read_file(tree / "deep/file"), "two") << "the snapshot itself has not changed";
}

TYPED_TEST(VolumeFilesContractTest, ACloneStandsForItself) {
    ASSERT_TRUE(this->create("site"));
    test::write_file(fs::path(this->store_->path("site")) / "file", "one");
    ASSERT_TRUE(this->snapshot(site_1));
    ASSERT_TRUE(this->clone(site_1, "copy"));
    EXPECT_EQ(this->clone(site_1, "copy").error().kind, ErrorKind::Conflict);
    EXPECT_EQ(this->clone(site_2, "none").error().kind, ErrorKind::NotFound);
    test::write_file(fs::path(this->store_->path("copy")) / "file", "two");
    ASSERT_TRUE(this->store_->discard("site"));
    this->executor_.run();
    EXPECT_EQ(test::read_file(fs::path(this->store_->path("copy")) / "file"), "two");
    EXPECT_TRUE(fs::is_empty(this->dir_ / "fscomp-snapshots"));
    EXPECT_FALSE(fs::exists(this->dir_ / "fscomp/none"));
}

TYPED_TEST(VolumeFilesContractTest, ANameThatIsFreeAgainIsAnotherVolumes) {
    ASSERT_TRUE(this->create("site"));
    test::write_file(fs::path(this->store_->path("site")) / "file", "one");
    ASSERT_TRUE(this->snapshot(site_1));
    ASSERT_TRUE(this->clone(site_1, "copy"));
    ASSERT_TRUE(this->store_->discard("site"));
    this->executor_.run();
    ASSERT_TRUE(this->create("site"));
    EXPECT_TRUE(fs::is_empty(this->store_->path("site")));
    EXPECT_EQ(this->rollback(site_1).error().kind, ErrorKind::NotFound);
    ASSERT_TRUE(this->snapshot(site_1));
    test::write_file(fs::path(this->store_->path("site")) / "file", "two");
    ASSERT_TRUE(this->rollback(site_1));
    EXPECT_TRUE(fs::is_empty(this->store_->path("site")));
    ASSERT_TRUE(this->store_->discard("copy"));
    this->executor_.run();
    EXPECT_TRUE(this->rollback(site_1));
}

/// The states after a crash at each step of a snapshot, and of a rollback.
TYPED_TEST(VolumeTreeContractTest, BringsToAnEndWhatACrashHasCut) {
    for (const char* name : {"before", "between", "after"}) ASSERT_TRUE(this->create(name));
    const fs::path all = this->dir_ / "fscomp";
    fs::create_directories(all / "before/.root-new/half");
    fs::create_directories(all / "between/root.next/whole");
    fs::remove(all / "between/root");
    fs::create_directories(all / "after/root/whole");
    fs::create_directories(all / "after/root.next/whole");
    fs::create_directories(this->dir_ / "fscomp-snapshots/.new-before@1/root");
    this->reopen();
    ASSERT_TRUE(this->store_->sweep({"before", "between", "after"}, {}, {}));
    EXPECT_FALSE(fs::exists(all / "before/.root-new"));
    EXPECT_TRUE(fs::exists(all / "between/root/whole"));
    EXPECT_TRUE(fs::exists(all / "after/root/whole"));
    EXPECT_FALSE(fs::exists(all / "after/root.next"));
    EXPECT_TRUE(fs::is_empty(this->dir_ / "fscomp-snapshots"));
    this->executor_.run();
    EXPECT_TRUE(fs::is_empty(this->dir_ / "trash"));
}

/// Bounded where that can be, else refused.
TYPED_TEST(VolumeStoreContractTest, ABoundIsKeptOrRefused) {
    const auto limit = [&](const std::string& name, std::int64_t bytes) {
        return this->ask([&](auto reply) { this->store_->limit(name, bytes, reply); });
    };
    ASSERT_TRUE(this->create("site"));
    EXPECT_TRUE(limit("site", 0));
    if (!this->store_->has_quotas()) {
        EXPECT_EQ(limit("site", volume_mib).error().kind, ErrorKind::Unsupported);
        return;
    }
    EXPECT_TRUE(limit("site", 4 * volume_mib));
    EXPECT_EQ(limit("none", volume_mib).error().kind, ErrorKind::NotFound);
}

TYPED_TEST(VolumeFilesContractTest, ABoundHoldsUpWritersAndOutlivesARollback) {
    if (!this->store_->has_quotas()) GTEST_SKIP() << "no quotas on this file system";
    const auto limit = [&](std::int64_t bytes) {
        return this->ask([&](auto reply) { this->store_->limit("site", bytes, reply); });
    };
    const auto fits = [&](const std::string& name, std::size_t bytes) {
        std::ofstream file(fs::path(this->store_->path(name)) / "file");
        return static_cast<bool>(file << test::noise(bytes) << std::flush);
    };
    ASSERT_TRUE(this->create("site"));
    ASSERT_TRUE(limit(4 * volume_mib));
    ASSERT_TRUE(this->snapshot(site_1));
    // A stand-in for zfs counts, but cannot keep anybody from writing.
    const bool counts_only = this->is_zfs && !test::zfs_pool().is_real();
    EXPECT_EQ(fits("site", 16 * volume_mib), counts_only);
    ASSERT_TRUE(this->rollback(site_1));
    EXPECT_EQ(fits("site", 16 * volume_mib), counts_only);
    ASSERT_TRUE(this->clone(site_1, "copy"));
    EXPECT_TRUE(fits("copy", 16 * volume_mib)) << "a clone has none to begin with";
    if (this->is_zfs) test::zfs_pool().sync();
    const core::Status below = limit(volume_mib);
    ASSERT_FALSE(below);
    EXPECT_EQ(below.error().kind, ErrorKind::Conflict);
    this->reopen();
    ASSERT_TRUE(this->store_->sweep({"site", "copy"}, {site_1}, {{"site", 64 * volume_mib}}));
    EXPECT_TRUE(fits("site", 16 * volume_mib)) << "as it is recorded";
}

TYPED_TEST(VolumeFilesContractTest, ANameIsNoPath) {
    for (const char* name : {"", ".", "..", "../x", "a/b", ".new-a"}) {
        EXPECT_FALSE(this->create(name)) << name;
        EXPECT_FALSE(this->store_->discard(name)) << name;
    }
}

TYPED_TEST(VolumeTreeContractTest, WhatCannotBeMadeLeavesNothing) {
    test::write_file(this->dir_ / "fscomp/site", "in the way");
    EXPECT_EQ(this->create("site").error().kind, ErrorKind::Conflict);
    EXPECT_TRUE(fs::is_regular_file(this->dir_ / "fscomp/site")) << "what is there is not ours";
    EXPECT_FALSE(fs::exists(this->dir_ / "fscomp/.new-site"));
}

}  // namespace
}  // namespace potd
