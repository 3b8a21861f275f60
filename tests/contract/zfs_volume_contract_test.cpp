// What volumes as datasets do beyond what every volume does: on the real zfs and on its stand-in.

#include "daemon/platform/posix/choose_file_system.hpp"
#include "daemon/platform/posix/mount_point.hpp"
#include "tests/fakes/manual_loop.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/support/zfs_pool.hpp"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace potd {
namespace {

namespace fs = std::filesystem;
using core::ErrorKind;
using core::VolumeSnapshotKey;
using test::read_file;
using test::write_file;
using test::zfs_pool;

class ZfsVolumeTest : public testing::Test {
  protected:
    void SetUp() override {
        if (!zfs_pool().usable()) GTEST_SKIP() << "no zfs and no stand-in for it here (root)";
        root_ = zfs_pool().new_dataset();
        reopen();
    }
    void TearDown() override {
        store_.reset();
        EXPECT_TRUE(root_.empty() || zfs_pool().zfs({"destroy", "-f", "-r", root_}));
    }
    /// As after a restart of potd: what was queued is lost.
    void reopen() {
        store_.reset();
        executor_.drop();
        platform::FileSystemOptions options;
        options.state_dir = dir_.path().string();
        options.driver = platform::FileSystemDriver::Zfs;
        options.instance = "contract";
        options.zfs_root = root_;
        options.zfs_program = zfs_pool().program();
        options.problem = [this](const std::string& message) { EXPECT_TRUE(cut_) << message; };
        auto chosen = platform::choose_file_system(executor_, options);
        ASSERT_TRUE(chosen) << chosen.error().message;
        store_ = std::move(chosen->fscomps);
        ASSERT_NE(store_, nullptr);
    }
    core::Status done(const std::function<void(core::Reply<void>)>& call) {
        std::optional<core::Status> result;
        call([&](core::Result<void> outcome) { result = std::move(outcome); });
        executor_.run();
        return result ? *result : core::error(ErrorKind::Internal, "no reply");
    }
    core::Status create(const std::string& name) {
        return done([&](core::Reply<void> reply) { store_->create(name, std::move(reply)); });
    }
    core::Status snapshot(const VolumeSnapshotKey& key) {
        return done([&](core::Reply<void> reply) { store_->snapshot(key, std::move(reply)); });
    }
    core::Status rollback(const VolumeSnapshotKey& key) {
        return done([&](core::Reply<void> reply) { store_->rollback(key, std::move(reply)); });
    }
    core::Status clone(const VolumeSnapshotKey& source, const std::string& name) {
        return done([&](core::Reply<void> reply) { store_->clone(source, name, std::move(reply)); });
    }
    fs::path file_of(const std::string& name) const { return fs::path(store_->path(name)) / "file"; }
    std::vector<std::string> datasets() const {
        auto names = zfs_pool().names_below(root_ + "/fscomp");
        std::sort(names.begin(), names.end());
        return names;
    }

    test::TempDir dir_;
    fakes::ManualExecutor executor_;
    std::unique_ptr<core::VolumeStore> store_;
    std::string root_;
    bool cut_ = false;  ///< problems are expected
    const VolumeSnapshotKey first_{"site", 1};
    const VolumeSnapshotKey second_{"site", 2};
};

TEST_F(ZfsVolumeTest, LaysDatasetsOutAsPotDoes) {
    ASSERT_TRUE(create("site"));
    ASSERT_TRUE(snapshot(first_));
    EXPECT_EQ(datasets(), (std::vector<std::string>{"site", "site@potd.site.1"}));
    EXPECT_TRUE(platform::is_mount_point(store_->path("site")));
    EXPECT_EQ(fs::status(store_->path("site")).permissions(), fs::perms(0755));
    EXPECT_EQ(fs::status(dir_ / "fscomp-trees").permissions(), fs::perms(0700));
    EXPECT_TRUE(store_->shares("site"));
    EXPECT_TRUE(store_->has_quotas());
}

TEST_F(ZfsVolumeTest, OneThatWasADirectoryStaysOne) {
    write_file(dir_ / "fscomp/old/root/file", "from before");
    ASSERT_TRUE(create("new"));
    ASSERT_TRUE(store_->sweep({"old", "new"}, {}, {}));
    EXPECT_EQ(read_file(file_of("old")), "from before");
    EXPECT_FALSE(store_->shares("old")) << "its snapshots are copies";
    EXPECT_TRUE(store_->shares("new"));
    ASSERT_TRUE(snapshot({"old", 1}));
    write_file(file_of("old"), "changed");
    ASSERT_TRUE(clone({"old", 1}, "copy"));
    ASSERT_TRUE(rollback({"old", 1}));
    EXPECT_EQ(read_file(file_of("old")), "from before");
    EXPECT_EQ(read_file(file_of("copy")), "from before");
    EXPECT_EQ(datasets(), std::vector<std::string>{"new"});
    ASSERT_TRUE(store_->discard("old"));
    ASSERT_TRUE(store_->discard("copy"));
    ASSERT_TRUE(store_->discard("new"));
    executor_.run();
    EXPECT_TRUE(fs::is_empty(dir_ / "fscomp"));
    EXPECT_TRUE(fs::is_empty(dir_ / "fscomp-snapshots"));
    EXPECT_TRUE(datasets().empty());
}

TEST_F(ZfsVolumeTest, NobodyWritesBelowOneThatIsNotMounted) {
    ASSERT_TRUE(create("site"));
    ASSERT_TRUE(zfs_pool().zfs({"unmount", root_ + "/fscomp/site"}));
    EXPECT_FALSE(fs::exists(store_->path("site")));
    ASSERT_TRUE(store_->sweep({"site"}, {}, {})) << "as after a boot that mounted nothing";
    EXPECT_TRUE(platform::is_mount_point(store_->path("site")));
}

TEST_F(ZfsVolumeTest, AnOldTreeGoesWithItsLastSnapshot) {
    ASSERT_TRUE(create("site"));
    ASSERT_TRUE(snapshot(first_));
    ASSERT_TRUE(snapshot(second_));
    ASSERT_TRUE(rollback(first_));
    EXPECT_EQ(datasets(), (std::vector<std::string>{"site", "site:old-1", "site:old-1@potd.site.1",
                                                    "site:old-1@potd.site.2"}));
    ASSERT_TRUE(store_->discard(first_));
    ASSERT_TRUE(store_->discard(second_));
    executor_.run();
    EXPECT_EQ(datasets(), std::vector<std::string>{"site"});
}

TEST_F(ZfsVolumeTest, LeavesAloneWhatIsNotItsOwn) {
    ASSERT_TRUE(zfs_pool().zfs({"create", root_ + "/fscomp/mine"}));
    ASSERT_TRUE(create("site"));
    ASSERT_TRUE(zfs_pool().zfs({"snapshot", root_ + "/fscomp/site@daily.1"}));
    EXPECT_FALSE(create("mine")) << "pot's, for instance";
    ASSERT_TRUE(store_->sweep({"site"}, {}, {}));
    EXPECT_EQ(datasets(), (std::vector<std::string>{"mine", "site", "site@daily.1"}));
}

/// A volume with two snapshots, a clone of the first, and what happens to them; cut after each call of zfs.
class ZfsVolumeCrashTest : public ZfsVolumeTest {
  protected:
    void SetUp() override {
        ZfsVolumeTest::SetUp();
        if (!IsSkipped() && zfs_pool().is_real())
            GTEST_SKIP() << "the calls of the stand-in alone can be cut";
    }
    void prepare() {
        ASSERT_TRUE(create("site"));
        write_file(file_of("site"), "one");
        ASSERT_TRUE(snapshot(first_));
        write_file(file_of("site"), "two");
        ASSERT_TRUE(snapshot(second_));
        ASSERT_TRUE(clone(first_, "copy"));
        write_file(file_of("site"), "three");
    }
    /// What a new potd does, for what is recorded.
    void recover(const std::vector<std::string>& known, const std::vector<VolumeSnapshotKey>& snapshots,
                 const core::VolumeLimits& limits = {}) {
        zfs_pool().mend();
        reopen();
        const auto swept = store_->sweep(known, snapshots, limits);
        ASSERT_TRUE(swept) << swept.error().message;
        executor_.run();
    }
    void at_every_cut(const std::function<core::Status()>& act, const std::function<void(bool done)>& look) {
        constexpr unsigned most = 60;
        for (unsigned calls = 0; calls < most; ++calls) {
            SCOPED_TRACE("cut after " + std::to_string(calls) + " calls");
            prepare();
            cut_ = true;
            zfs_pool().cut_after(calls);
            const bool done = act().ok();
            executor_.run();
            const bool whole = zfs_pool().is_whole();
            look(done);
            recover({}, {});
            ASSERT_EQ(datasets(), std::vector<std::string>{});
            cut_ = false;
            if (this->HasFailure() || whole) return;
        }
        FAIL() << "never came to its end";
    }
    const std::vector<std::string> both_{"site", "copy"};
    const std::vector<VolumeSnapshotKey> all_{first_, second_};
};

TEST_F(ZfsVolumeCrashTest, ACreateIsWholeOrGone) {
    at_every_cut([&] { return create("new"); },
                 [&](bool done) {
                     recover(done ? std::vector<std::string>{"site", "copy", "new"} : both_, all_);
                     EXPECT_EQ(fs::exists(store_->path("new")), done);
                     EXPECT_EQ(fs::exists(dir_ / "fscomp/new"), done);
                 });
}

TEST_F(ZfsVolumeCrashTest, ACloneIsWholeOrGone) {
    at_every_cut([&] { return clone(second_, "new"); },
                 [&](bool done) {
                     recover(done ? std::vector<std::string>{"site", "copy", "new"} : both_, all_);
                     EXPECT_EQ(read_file(file_of("new")), done ? "two" : "");
                 });
}

TEST_F(ZfsVolumeCrashTest, ASnapshotIsWholeOrGone) {
    const VolumeSnapshotKey third{"site", 3};
    at_every_cut([&] { return snapshot(third); },
                 [&](bool done) {
                     recover(both_, done ? std::vector<VolumeSnapshotKey>{first_, second_, third} : all_);
                     EXPECT_EQ(read_file(file_of("site")), "three");
                     write_file(file_of("site"), "four");
                     EXPECT_EQ(rollback(third).ok(), done);
                     EXPECT_EQ(read_file(file_of("site")), done ? "three" : "four");
                 });
}

TEST_F(ZfsVolumeCrashTest, ARollbackLeavesTheOldOrTheNewTree) {
    const core::VolumeLimits bound{{"site", std::int64_t{1} << 30}};
    at_every_cut(
        [&] { return rollback(first_); },
        [&](bool done) {
            recover(both_, all_, bound);
            const std::string file = read_file(file_of("site"));
            EXPECT_TRUE(file == "one" || (file == "three" && !done)) << file;
            EXPECT_TRUE(rollback(second_)) << "the newer one is still there";
            EXPECT_EQ(read_file(file_of("site")), "two");
            EXPECT_EQ(read_file(file_of("copy")), "one");
            EXPECT_EQ(zfs_pool().run({"list", "-H", "-p", "-o", "refquota", root_ + "/fscomp/site"}).output,
                      "1073741824\n");
        });
}

TEST_F(ZfsVolumeCrashTest, ADiscardedSnapshotGoesAtLast) {
    at_every_cut([&] { return store_->discard(first_); },
                 [&](bool) {
                     recover(both_, {second_});
                     EXPECT_EQ(read_file(file_of("copy")), "one") << "its clone lives on";
                     EXPECT_TRUE(snapshot(first_)) << "its number is free";
                     EXPECT_EQ(read_file(file_of("site")), "three");
                 });
}

TEST_F(ZfsVolumeCrashTest, ADiscardedVolumeGoesAtLastAndItsNameIsFree) {
    at_every_cut([&] { return store_->discard("site"); },
                 [&](bool) {
                     recover({"copy"}, {});
                     EXPECT_EQ(datasets(), std::vector<std::string>{"copy"});
                     EXPECT_EQ(read_file(file_of("copy")), "one");
                     EXPECT_TRUE(create("site"));
                     EXPECT_TRUE(fs::is_empty(store_->path("site")));
                 });
}

/// What it costs: programs that are run.
TEST_F(ZfsVolumeCrashTest, CallsZfsSeldom) {
    const auto calls = [&] { return zfs_pool().take_calls().size(); };
    static_cast<void>(calls());
    ASSERT_TRUE(create("site"));
    EXPECT_EQ(calls(), 1U);
    ASSERT_FALSE(store_->path("site").empty());
    EXPECT_EQ(calls(), 0U) << "for a start";
    ASSERT_TRUE(snapshot(first_));
    EXPECT_EQ(calls(), 2U);
    ASSERT_TRUE(rollback(first_));
    EXPECT_EQ(calls(), 2U);
    ASSERT_TRUE(clone(first_, "copy"));
    EXPECT_EQ(calls(), 2U);
    ASSERT_TRUE(store_->discard("copy"));
    executor_.run();
    EXPECT_EQ(calls(), 2U);
}

}  // namespace
}  // namespace potd
