#include "daemon/platform/posix/volume_store.hpp"
#include "tests/contract/machine.hpp"
#include "tests/fakes/fake_machine.hpp"
#include "tests/fakes/manual_loop.hpp"
#include "tests/support/temp_dir.hpp"

#include <filesystem>
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

template <class Adapter>
class VolumeStoreContractTest : public testing::Test {
  protected:
    void SetUp() override {
        if (std::is_same_v<Adapter, BtrfsVolumes> && Adapter::ground().empty())
            GTEST_SKIP() << "no btrfs can be mounted here (root, mkfs.btrfs, loop devices)";
        store_ = Adapter::open(executor_, dir_.path());
        ASSERT_NE(store_, nullptr);
    }
    core::Status create(const std::string& name) {
        std::optional<core::Status> made;
        store_->create(name, [&](core::Status status) { made = std::move(status); });
        EXPECT_FALSE(made) << "answers later";
        executor_.run();
        return made ? *made : core::Status(core::error(ErrorKind::Internal, "no answer"));
    }
    core::Result<std::int64_t> measure(const std::string& name) {
        core::Result<std::int64_t> bytes = core::error(ErrorKind::Internal, "no answer");
        store_->measure(name, [&](core::Result<std::int64_t> found) { bytes = std::move(found); });
        executor_.run();
        return bytes;
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

using VolumeAdapters = testing::Types<FakeVolumes, TreeVolumes, BtrfsVolumes>;
TYPED_TEST_SUITE(VolumeStoreContractTest, VolumeAdapters);

/// What only real directories have.
template <class Adapter>
class VolumeTreeContractTest : public VolumeStoreContractTest<Adapter> {};
using VolumeTrees = testing::Types<TreeVolumes, BtrfsVolumes>;
TYPED_TEST_SUITE(VolumeTreeContractTest, VolumeTrees);

TYPED_TEST(VolumeStoreContractTest, MakesOneOfAName) {
    ASSERT_TRUE(this->create("site"));
    EXPECT_EQ(this->create("site").error().kind, ErrorKind::Conflict);
    EXPECT_TRUE(this->measure("site"));
    EXPECT_EQ(this->measure("none").error().kind, ErrorKind::NotFound);
    EXPECT_NE(this->store_->path("site"), this->store_->path("other"));
}

TYPED_TEST(VolumeStoreContractTest, DiscardsIdempotentlyAndFreesTheName) {
    ASSERT_TRUE(this->create("site"));
    EXPECT_TRUE(this->store_->discard("site"));
    EXPECT_EQ(this->measure("site").error().kind, ErrorKind::NotFound);
    EXPECT_TRUE(this->store_->discard("site"));
    EXPECT_TRUE(this->create("site"));
}

TYPED_TEST(VolumeStoreContractTest, SweepsWhatIsNotKnown) {
    ASSERT_TRUE(this->create("site"));
    ASSERT_TRUE(this->create("stray"));
    ASSERT_TRUE(this->store_->sweep({"site", "never-made"}));
    EXPECT_TRUE(this->measure("site"));
    EXPECT_EQ(this->measure("stray").error().kind, ErrorKind::NotFound);
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

TYPED_TEST(VolumeTreeContractTest, KeepsWhatIsInThemThroughARestart) {
    ASSERT_TRUE(this->create("site"));
    test::write_file(fs::path(this->store_->path("site")) / "file", std::string(100'000, 'x'));
    this->reopen();
    ASSERT_TRUE(this->store_->sweep({"site"}));
    EXPECT_GE(*this->measure("site"), 100'000);
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
    ASSERT_TRUE(this->store_->sweep({"site", "other"}));
    EXPECT_FALSE(fs::exists(this->dir_ / "fscomp/.new-other"));
    EXPECT_TRUE(this->measure("site"));
    this->executor_.run();
    EXPECT_TRUE(fs::is_empty(this->dir_ / "trash"));
}

TYPED_TEST(VolumeTreeContractTest, ANameIsNoPath) {
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
