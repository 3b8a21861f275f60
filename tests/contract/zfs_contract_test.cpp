// What the driver zfs does beyond what every driver does: on the real zfs and on its stand-in.

#include "daemon/platform/posix/base_store.hpp"
#include "daemon/platform/posix/mount_point.hpp"
#include "tests/contract/file_system_suite.hpp"

#include <algorithm>
#include <set>

#include <sys/stat.h>

namespace potd {
namespace {

namespace fs = std::filesystem;
using core::ErrorKind;
using core::PotId;
using core::SnapshotKey;
using test::read_file;
using test::write_file;
using test::zfs_pool;

class ZfsContractTest : public test::FileSystemSuite<test::Zfs> {
  protected:
    fs::path root_of(const PotId& id) const { return dir_ / "state/jails" / id.text / "m"; }
    std::vector<std::string> datasets() const {
        auto names = zfs_pool().names_below(zfs_root_ + "/jails");
        std::sort(names.begin(), names.end());
        return names;
    }
    core::Result<platform::ChosenFileSystem> choose(const platform::FileSystemOptions& options) {
        return platform::choose_file_system(executor_, options);
    }
};

TEST_F(ZfsContractTest, LaysDatasetsOutAsPotDoes) {
    ASSERT_TRUE(create(a_));
    ASSERT_TRUE(snapshot({a_, 1}));
    EXPECT_EQ(zfs_pool().names_below(zfs_root_),
              (std::vector<std::string>{"bases", "bases/small", "bases/small@installed", "fscomp", "jails",
                                        "jails/aaaaaaaaaaaa", "jails/aaaaaaaaaaaa/m",
                                        "jails/aaaaaaaaaaaa/m@potd.aaaaaaaaaaaa.1"}));
    EXPECT_TRUE(platform::is_mount_point(root_of(a_)));
    EXPECT_EQ(fs::status(dir_ / "state/jails").permissions(), fs::perms(0700));
}

TEST_F(ZfsContractTest, CopiesABaseThatIsNoDataset) {
    base_.path = (dir_ / "plain").string();
    fill_base();
    ASSERT_TRUE(create(a_));
    EXPECT_EQ(read_file(root_of(a_) / "etc/hosts"), "from the base");
    EXPECT_TRUE(fs::exists(dir_ / "plain/etc/unwanted"));
}

TEST_F(ZfsContractTest, BasesDoNotChange) {
    std::ofstream file(fs::path(base_.path) / "etc/hosts");
    EXPECT_FALSE(file.is_open()) << "read-only, for root too";
}

TEST_F(ZfsContractTest, SaysThatARootIsNotMounted) {
    ASSERT_TRUE(create(a_));
    ASSERT_TRUE(zfs_pool().zfs({"unmount", zfs_root_ + "/jails/aaaaaaaaaaaa/m"}));
    const auto root = files_->root(a_, base_);
    ASSERT_FALSE(root);
    EXPECT_EQ(root.error().kind, ErrorKind::Conflict);
    EXPECT_NE(root.error().message.find("/jails/aaaaaaaaaaaa/m is not mounted"), std::string::npos);
    reopen();
    ASSERT_TRUE(files_->sweep({a_}, {}, {})) << "as after a boot that mounted nothing";
    EXPECT_TRUE(files_->root(a_, base_));
}

TEST_F(ZfsContractTest, TakesTheDatasetOnTheStateDirectory) {
    const std::string dataset = zfs_pool().new_dataset();
    const auto state = dir_ / "own";
    ASSERT_TRUE(zfs_pool().zfs({"create", "-o", "mountpoint=" + state.string(), dataset}));
    platform::FileSystemOptions own = options();
    own.state_dir = state.string();
    own.driver = platform::FileSystemDriver::Automatic;
    own.zfs_root.clear();
    {
        const auto chosen = choose(own);
        ASSERT_TRUE(chosen) << chosen.error().message;
        EXPECT_EQ(chosen->files->name(), "zfs");
        EXPECT_EQ(chosen->reason, "The dataset " + dataset + " is mounted on the state directory.");
    }
    write_file(state / "pots/bbbbbbbbbbbb/root/file", "of the driver dir");
    {
        const auto chosen = choose(own);
        ASSERT_TRUE(chosen);
        EXPECT_NE(chosen->files->name(), "zfs") << "pots stay with their driver";
    }
    EXPECT_TRUE(zfs_pool().zfs({"destroy", "-f", "-r", dataset}));
}

TEST_F(ZfsContractTest, IsNotChosenByItselfOnADirectoryOfAnotherDataset) {
    platform::FileSystemOptions plain = options();
    plain.zfs_root.clear();
    plain.driver = platform::FileSystemDriver::Automatic;
    fs::create_directories(dir_ / "other");
    plain.state_dir = (dir_ / "other").string();
    const auto chosen = choose(plain);
    ASSERT_TRUE(chosen) << chosen.error().message;
    EXPECT_NE(chosen->files->name(), "zfs");
    plain.driver = platform::FileSystemDriver::Zfs;
    const auto refused = choose(plain);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::Unsupported);
    EXPECT_NE(refused.error().message.find("no dataset is mounted on it"), std::string::npos)
        << refused.error().message;
}

TEST_F(ZfsContractTest, RefusesWhatCannotBe) {
    platform::FileSystemOptions wrong = options();
    wrong.zfs_program = "/nowhere/zfs";
    EXPECT_EQ(choose(wrong).error().kind, ErrorKind::Unsupported);
    wrong = options();
    wrong.zfs_root = zfs_pool().name() + "/nowhere/potd";
    wrong.driver = platform::FileSystemDriver::Automatic;
    const auto refused = choose(wrong);
    ASSERT_FALSE(refused) << "what was configured is not passed over in silence";
    EXPECT_NE(refused.error().message.find("parent does not exist"), std::string::npos)
        << refused.error().message;
}

TEST_F(ZfsContractTest, LeavesAloneWhatIsNotItsOwn) {
    platform::FileSystemOptions other = options();
    other.instance = "other";
    EXPECT_EQ(choose(other).error().kind, ErrorKind::Conflict) << "datasets of another instance";
    const std::string pots = zfs_pool().new_dataset();
    ASSERT_TRUE(zfs_pool().zfs({"create", pots}));
    ASSERT_TRUE(zfs_pool().zfs({"create", pots + "/jails"}));
    other = options();
    other.zfs_root = pots;
    EXPECT_EQ(choose(other).error().kind, ErrorKind::Conflict) << "pot's, for instance";
    EXPECT_TRUE(zfs_pool().zfs({"destroy", "-r", pots}));

    ASSERT_TRUE(create(a_));
    ASSERT_TRUE(zfs_pool().zfs({"create", zfs_root_ + "/jails/mine"}));
    ASSERT_TRUE(zfs_pool().zfs({"snapshot", zfs_root_ + "/jails/aaaaaaaaaaaa/m@daily.1"}));
    ASSERT_TRUE(files_->sweep({a_}, {}, {}));
    EXPECT_EQ(datasets(),
              (std::vector<std::string>{"aaaaaaaaaaaa", "aaaaaaaaaaaa/m", "aaaaaaaaaaaa/m@daily.1", "mine"}));
    EXPECT_TRUE(zfs_pool().zfs({"destroy", zfs_root_ + "/jails/mine"}));
}

TEST_F(ZfsContractTest, ClonesTakeOverWhatTheyShareWithADestroyedPot) {
    ASSERT_TRUE(create(a_));
    write_file(root_of(a_) / "file", "one");
    ASSERT_TRUE(snapshot({a_, 1}));
    write_file(root_of(a_) / "file", "two");
    ASSERT_TRUE(snapshot({a_, 2}));
    const PotId c{"cccccccccccc"};
    ASSERT_TRUE(clone({a_, 1}, b_));
    ASSERT_TRUE(clone({a_, 2}, c));
    ASSERT_TRUE(files_->discard(a_));
    executor_.run();
    EXPECT_EQ(read_file(root_of(b_) / "file"), "one");
    EXPECT_EQ(read_file(root_of(c) / "file"), "two");
    const auto left = datasets();
    EXPECT_FALSE(std::any_of(left.begin(), left.end(),
                             [](const std::string& name) { return name.starts_with("aaaaaaaaaaaa"); }));
    ASSERT_TRUE(files_->discard(c));
    executor_.run();
    EXPECT_EQ(datasets(), (std::vector<std::string>{"bbbbbbbbbbbb", "bbbbbbbbbbbb/m"}));
}

TEST_F(ZfsContractTest, AnOldRootGoesWithItsLastSnapshot) {
    ASSERT_TRUE(create(a_));
    ASSERT_TRUE(snapshot({a_, 1}));
    ASSERT_TRUE(snapshot({a_, 2}));
    ASSERT_TRUE(rollback({a_, 1}));
    EXPECT_EQ(datasets(), (std::vector<std::string>{"aaaaaaaaaaaa", "aaaaaaaaaaaa/m", "aaaaaaaaaaaa/old-1",
                                                    "aaaaaaaaaaaa/old-1@potd.aaaaaaaaaaaa.1",
                                                    "aaaaaaaaaaaa/old-1@potd.aaaaaaaaaaaa.2"}));
    EXPECT_FALSE(platform::is_mount_point(dir_ / "state/jails/aaaaaaaaaaaa/old-1"));
    ASSERT_TRUE(files_->discard(SnapshotKey{a_, 1}));
    ASSERT_TRUE(files_->discard(SnapshotKey{a_, 2}));
    executor_.run();
    EXPECT_EQ(datasets(), (std::vector<std::string>{"aaaaaaaaaaaa", "aaaaaaaaaaaa/m"}));
}

TEST_F(ZfsContractTest, TheStoreOfBasesMakesDatasets) {
    platform::BaseOptions options;
    options.state_dir = (dir_ / "state").string();
    options.volumes = volumes_;
    auto store = platform::TreeBaseStore::open(executor_, options);
    ASSERT_TRUE(store);
    write_file(dir_ / "source/etc/motd", "hello");
    core::BaseRequest request;
    request.source = core::BaseSource::Directory;
    request.path = (dir_ / "source").string();
    request.name = "new";
    std::optional<core::Result<core::Base>> made;
    (*store)->install(request, {}, [&](core::Result<core::Base> result) { made = std::move(result); });
    executor_.run();
    ASSERT_TRUE(made && made->ok()) << (made ? made->error().message : "no reply");
    EXPECT_TRUE(platform::is_mount_point(made->value().path));
    EXPECT_EQ(names_in("state/bases").size(), 2U);
    base_ = made->value();
    ASSERT_TRUE(create(a_));
    EXPECT_EQ(read_file(root_of(a_) / "etc/motd"), "hello");

    // The pot goes first although nobody waits for it.
    ASSERT_TRUE(files_->discard(a_));
    std::optional<core::Status> removed;
    (*store)->remove(base_, [&](core::Status result) { removed = std::move(result); });
    executor_.run();
    ASSERT_TRUE(removed && removed->ok()) << (removed ? removed->error().message : "no reply");
    EXPECT_EQ(zfs_pool().names_below(zfs_root_ + "/bases"),
              (std::vector<std::string>{"small", "small@installed"}));
    EXPECT_EQ(names_in("state/bases"), std::vector<std::string>{"small"});
}

TEST_F(ZfsContractTest, ABaseWhosePotsAreNotGoneYetGoesWithThem) {
    ASSERT_TRUE(create(a_));
    // As after a crash: neither the base nor the pot are known any more, and bases are swept first.
    reopen();
    ASSERT_TRUE(volumes_->sweep({}));
    ASSERT_TRUE(files_->sweep({}, {}, {}));
    EXPECT_TRUE(zfs_pool().names_below(zfs_root_ + "/bases").empty());
}

/// A pot with two snapshots, a clone of the first, and what happens to them; cut after each call of zfs.
class ZfsCrashTest : public ZfsContractTest {
  protected:
    void SetUp() override {
        ZfsContractTest::SetUp();
        if (!IsSkipped() && zfs_pool().is_real())
            GTEST_SKIP() << "the calls of the stand-in alone can be cut";
    }

    void prepare() {
        ASSERT_TRUE(create(a_));
        write_file(root_of(a_) / "file", "one");
        ASSERT_TRUE(snapshot(first_));
        write_file(root_of(a_) / "file", "two");
        ASSERT_TRUE(snapshot(second_));
        ASSERT_TRUE(clone(first_, b_));
        write_file(root_of(a_) / "file", "three");
    }
    /// What a new potd does, for what is recorded.
    void recover(const std::set<PotId>& pots, const std::set<SnapshotKey>& snapshots) {
        zfs_pool().mend();
        reopen();
        const auto swept =
            files_->sweep({pots.begin(), pots.end()}, {snapshots.begin(), snapshots.end()}, {});
        ASSERT_TRUE(swept) << swept.error().message;
        executor_.run();
    }
    void clear() {
        recover({}, {});
        ASSERT_EQ(datasets(), std::vector<std::string>{});
    }

    /// For each call: prepares, acts until it is cut, and looks at what was recovered.
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
            clear();
            cut_ = false;
            if (this->HasFailure()) return;
            if (whole) return;
        }
        FAIL() << "never came to its end";
    }
    const SnapshotKey first_{a_, 1};
    const SnapshotKey second_{a_, 2};
};

TEST_F(ZfsCrashTest, ACreateIsWholeOrGone) {
    const PotId c{"cccccccccccc"};
    at_every_cut([&] { return create(c); },
                 [&](bool done) {
                     recover(done ? std::set<PotId>{a_, b_, c} : std::set<PotId>{a_, b_}, {first_, second_});
                     EXPECT_EQ(fs::exists(root_of(c)), done);
                     EXPECT_EQ(files_->root(c, base_).ok(), done);
                 });
}

TEST_F(ZfsCrashTest, ACloneIsWholeOrGone) {
    const PotId c{"cccccccccccc"};
    at_every_cut([&] { return clone(second_, c); },
                 [&](bool done) {
                     recover(done ? std::set<PotId>{a_, b_, c} : std::set<PotId>{a_, b_}, {first_, second_});
                     EXPECT_EQ(fs::exists(root_of(c)), done);
                     EXPECT_EQ(!done || read_file(root_of(c) / "file") == "two", true);
                 });
}

TEST_F(ZfsCrashTest, ASnapshotIsWholeOrGone) {
    const SnapshotKey third{a_, 3};
    at_every_cut([&] { return snapshot(third); },
                 [&](bool done) {
                     recover({a_, b_}, done ? std::set<SnapshotKey>{first_, second_, third}
                                            : std::set<SnapshotKey>{first_, second_});
                     EXPECT_EQ(read_file(root_of(a_) / "file"), "three");
                     write_file(root_of(a_) / "file", "four");
                     EXPECT_EQ(rollback(third).ok(), done);
                     EXPECT_EQ(read_file(root_of(a_) / "file"), done ? "three" : "four");
                 });
}

TEST_F(ZfsCrashTest, ARollbackToTheNewestLeavesTheOldOrTheNewRoot) {
    at_every_cut([&] { return rollback(second_); },
                 [&](bool done) {
                     recover({a_, b_}, {first_, second_});
                     EXPECT_EQ(read_file(root_of(a_) / "file"), done ? "two" : "three");
                 });
}

TEST_F(ZfsCrashTest, ARollbackToAnOlderOneLeavesTheOldOrTheNewRoot) {
    at_every_cut([&] { return rollback(first_); },
                 [&](bool done) {
                     recover({a_, b_}, {first_, second_});
                     const std::string file = read_file(root_of(a_) / "file");
                     EXPECT_TRUE(file == "one" || (file == "three" && !done)) << file;
                     EXPECT_TRUE(rollback(second_)) << "the newer one is still there";
                     EXPECT_EQ(read_file(root_of(a_) / "file"), "two");
                     EXPECT_EQ(read_file(root_of(b_) / "file"), "one");
                 });
}

TEST_F(ZfsCrashTest, ADiscardedSnapshotGoesAtLast) {
    at_every_cut([&] { return files_->discard(first_); },
                 [&](bool) {
                     recover({a_, b_}, {second_});
                     EXPECT_EQ(read_file(root_of(b_) / "file"), "one") << "its clone lives on";
                     EXPECT_TRUE(snapshot(first_)) << "its number is free";
                     EXPECT_EQ(read_file(root_of(a_) / "file"), "three");
                 });
}

TEST_F(ZfsCrashTest, ADiscardedPotGoesAtLast) {
    at_every_cut([&] { return files_->discard(a_); },
                 [&](bool) {
                     recover({b_}, {});
                     EXPECT_FALSE(fs::exists(root_of(a_)));
                     EXPECT_EQ(read_file(root_of(b_) / "file"), "one");
                     EXPECT_EQ(datasets(), (std::vector<std::string>{"bbbbbbbbbbbb", "bbbbbbbbbbbb/m"}));
                 });
}

/// What it costs: programs that are run.
TEST_F(ZfsCrashTest, CallsZfsSeldom) {
    const auto calls = [&] { return zfs_pool().take_calls().size(); };
    static_cast<void>(calls());
    ASSERT_TRUE(create(a_));
    EXPECT_EQ(calls(), 2U);
    ASSERT_TRUE(files_->root(a_, base_));
    EXPECT_EQ(calls(), 0U) << "for a start";
    ASSERT_TRUE(snapshot(first_));
    EXPECT_EQ(calls(), 2U);
    ASSERT_TRUE(rollback(first_));
    EXPECT_EQ(calls(), 2U);
    ASSERT_TRUE(clone(first_, b_));
    EXPECT_EQ(calls(), 3U);
    ASSERT_TRUE(files_->discard(b_));
    executor_.run();
    EXPECT_EQ(calls(), 1U);
}

}  // namespace
}  // namespace potd
