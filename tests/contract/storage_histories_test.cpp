// Histories by chance of pots and of volumes on every driver, each beside a model of it in memory.
#include "daemon/platform/posix/volume_store.hpp"
#include "tests/contract/file_system_suite.hpp"
#include "tests/contract/tree_model.hpp"

#include <iterator>
#include <map>
#include <random>

namespace potd {
namespace {

namespace fs = std::filesystem;
using test::TreeModel;

/// What there is, and chance. Key is that of a snapshot, Owner what it is of.
template <class Owner, class Key>
struct Models {
    std::mt19937 random;
    std::map<Owner, TreeModel> owners;
    std::map<Key, TreeModel> snapshots;
    std::map<Owner, std::uint32_t> numbers;

    std::uint32_t below(std::size_t end) { return static_cast<std::uint32_t>(random() % end); }
    Owner any_owner() { return std::next(owners.begin(), below(owners.size()))->first; }
    Key any_snapshot() { return std::next(snapshots.begin(), below(snapshots.size()))->first; }
};

/// One step of a history: what is done to the models is done by Deeds to the driver. False if that refuses.
template <class Owner, class Key, class Deeds>
bool step(Models<Owner, Key>& models, Deeds& deeds, const std::string& text) {
    constexpr std::size_t most_owners = 4;
    constexpr std::size_t deed_kinds = 12;
    const std::uint32_t what = models.below(deed_kinds);
    if (models.owners.empty() || (what == 0 && models.owners.size() < most_owners)) return deeds.make();
    if (what <= 5) {
        const Owner owner = models.any_owner();
        const auto change = test::any_change(models.owners[owner], models.random, text);
        test::apply(change, models.owners[owner]);
        return deeds.change(owner, change);
    }
    if (what <= 7) {
        const Owner owner = models.any_owner();
        const Key key{owner, ++models.numbers[owner]};
        models.snapshots[key] = models.owners[owner];
        return deeds.keep(key);
    }
    if (what == 8) {
        if (models.below(3) != 0) return true;
        const Owner owner = models.any_owner();
        models.owners.erase(owner);
        std::erase_if(models.snapshots,
                      [&](const auto& item) { return deeds.owner_of(item.first) == owner; });
        return deeds.forget_owner(owner);
    }
    if (models.snapshots.empty()) return true;
    const Key key = models.any_snapshot();
    if (what == 9) {
        models.owners[deeds.owner_of(key)] = models.snapshots[key];
        return deeds.go_back(key);
    }
    if (what == 10) return models.owners.size() <= most_owners ? deeds.copy(key) : true;
    models.snapshots.erase(key);
    return deeds.forget(key);
}

template <class Driver>
class PotHistoriesTest : public test::FileSystemSuite<Driver> {
  protected:
    using PotModels = Models<core::PotId, core::SnapshotKey>;

    void SetUp() override {
        test::FileSystemSuite<Driver>::SetUp();
        if (!this->IsSkipped() && ::geteuid() != 0) GTEST_SKIP() << "mounting needs root";
    }

    void run(std::uint32_t seed, int steps) {
        models_ = {};
        models_.random.seed(seed);
        for (int at = 0; at < steps; ++at) {
            ASSERT_TRUE(step(models_, *this, std::to_string(at))) << "seed " << seed << ", step " << at;
            const bool restarts = models_.below(10) == 0;
            ASSERT_TRUE(!restarts || restart()) << "seed " << seed << ", step " << at;
            this->executor_.run();
            for (const auto& [id, tree] : models_.owners)
                ASSERT_TRUE(agrees(id, tree)) << "seed " << seed << ", step " << at << ", pot " << id.text;
        }
        for (const auto& [id, tree] : models_.owners) ASSERT_TRUE(this->files_->discard(id));
        this->executor_.run();
    }

  public:
    static core::PotId owner_of(const core::SnapshotKey& key) { return key.pot; }
    bool make() {
        const core::PotId id = fresh();
        models_.owners[id] = {
            {"etc", "dir 0755"}, {"etc/hosts", "file 0644 from the base"}, {"etc/unwanted", "file 0644 x"}};
        return this->create(id).ok();
    }
    bool change(const core::PotId& id, const test::TreeChange& change) {
        return this->in_root(id, [&](const fs::path& root) { return test::apply(change, root); });
    }
    bool keep(const core::SnapshotKey& key) { return this->snapshot(key).ok(); }
    bool go_back(const core::SnapshotKey& key) { return this->rollback(key).ok(); }
    bool copy(const core::SnapshotKey& key) {
        const core::PotId id = fresh();
        models_.owners[id] = models_.snapshots[key];
        return this->clone(key, id).ok();
    }
    bool forget(const core::SnapshotKey& key) { return this->files_->discard(key).ok(); }
    bool forget_owner(const core::PotId& id) { return this->files_->discard(id).ok(); }

  private:
    core::PotId fresh() { return core::PotId{"c" + std::to_string(next_pot_++)}; }
    bool restart() {
        this->reopen();
        std::vector<core::PotId> known;
        std::vector<core::SnapshotKey> kept;
        for (const auto& [id, tree] : models_.owners) known.push_back(id);
        for (const auto& [key, tree] : models_.snapshots) kept.push_back(key);
        return this->files_->sweep(known, kept, {}).ok();
    }
    bool agrees(const core::PotId& id, const TreeModel& expected) {
        return this->in_root(id, [&](const fs::path& root) {
            TreeModel found = test::read_tree(root);
            // The mount points of the base's binds.
            found.erase("usr");
            const std::string wrong = test::difference(expected, found);
            if (!wrong.empty()) std::cerr << wrong << "\n";
            return wrong.empty();
        });
    }

    PotModels models_;
    std::uint32_t next_pot_ = 0;
};
TYPED_TEST_SUITE(PotHistoriesTest, test::Drivers, test::DriverName);

TYPED_TEST(PotHistoriesTest, BehaveAsTheirModels) {
    for (std::uint32_t seed = 1; seed <= 3; ++seed) {
        this->run(seed, 40);
        if (this->HasFatalFailure()) return;
    }
}

struct TreeGround {
    static constexpr const char* name = "dir";
    static fs::path ground() { return {}; }
};
struct BtrfsGround {
    static constexpr const char* name = "btrfs";
    static fs::path ground() { return test::btrfs_ground(); }
};
/// On the pool that POTD_TEST_ZPOOL names, else on a stand-in for zfs.
struct ZfsGround {
    static constexpr const char* name = "zfs";
    static fs::path ground() { return {}; }
};

template <class Ground>
class VolumeHistoriesTest : public testing::Test {
  protected:
    void SetUp() override {
        if (std::is_same_v<Ground, BtrfsGround> && Ground::ground().empty())
            GTEST_SKIP() << "no btrfs can be mounted here (root, mkfs.btrfs, loop devices)";
        if (is_zfs && !test::zfs_pool().usable()) GTEST_SKIP() << "no zfs and no stand-in for it here (root)";
        if (is_zfs) zfs_root_ = test::zfs_pool().new_dataset();
        open();
    }
    /// Also what only root of btrfs may delete: read-only subvolumes that a restart left in the trash.
    void TearDown() override {
        store_.reset();
        EXPECT_TRUE(zfs_root_.empty() || test::zfs_pool().zfs({"destroy", "-f", "-r", zfs_root_}));
        const auto directory = platform::open_directory(dir_.path().string());
        ASSERT_TRUE(directory);
        for (const char* place : {"fscomp", "fscomp-snapshots", "trash"})
            EXPECT_TRUE(!fs::exists(dir_ / place) || platform::remove_tree(directory->get(), place)) << place;
    }

    void run(std::uint32_t seed, int steps) {
        models_ = {};
        models_.random.seed(seed);
        for (int at = 0; at < steps; ++at) {
            ASSERT_TRUE(step(models_, *this, std::to_string(at))) << "seed " << seed << ", step " << at;
            const bool restarts = models_.below(10) == 0;
            ASSERT_TRUE(!restarts || restart()) << "seed " << seed << ", step " << at;
            executor_.run();
            for (const auto& [name, tree] : models_.owners) {
                const std::string wrong = test::difference(tree, test::read_tree(store_->path(name)));
                ASSERT_EQ(wrong, "") << "seed " << seed << ", step " << at << ", volume " << name;
            }
        }
        for (const auto& [name, tree] : models_.owners) ASSERT_TRUE(store_->discard(name));
        executor_.run();
        for (const char* place : {"fscomp", "fscomp-snapshots"})
            EXPECT_TRUE(!fs::exists(dir_ / place) || fs::is_empty(dir_ / place)) << place;
    }

  public:
    static std::string owner_of(const core::VolumeSnapshotKey& key) { return key.volume; }
    bool make() {
        const std::string name = fresh();
        models_.owners[name] = {};
        return ask([&](auto reply) { store_->create(name, reply); });
    }
    bool change(const std::string& name, const test::TreeChange& change) {
        return test::apply(change, fs::path(store_->path(name)));
    }
    bool keep(const core::VolumeSnapshotKey& key) {
        return ask([&](auto reply) { store_->snapshot(key, reply); });
    }
    bool go_back(const core::VolumeSnapshotKey& key) {
        return ask([&](auto reply) { store_->rollback(key, reply); });
    }
    bool copy(const core::VolumeSnapshotKey& key) {
        const std::string name = fresh();
        models_.owners[name] = models_.snapshots[key];
        return ask([&](auto reply) { store_->clone(key, name, reply); });
    }
    bool forget(const core::VolumeSnapshotKey& key) { return store_->discard(key).ok(); }
    bool forget_owner(const std::string& name) { return store_->discard(name).ok(); }

  private:
    std::string fresh() { return "v" + std::to_string(next_++); }
    template <class Call>
    bool ask(const Call& call) {
        core::Status status = core::error(core::ErrorKind::Internal, "no answer");
        call([&](core::Status answer) { status = std::move(answer); });
        executor_.run();
        if (!status) std::cerr << status.error().message << "\n";
        return status.ok();
    }
    void open() {
        store_.reset();
        executor_.drop();
        if (is_zfs) return open_datasets();
        auto opened = platform::TreeVolumeStore::open(executor_, dir_.path().string(), {});
        ASSERT_TRUE(opened) << opened.error().message;
        store_ = std::move(opened).value();
    }
    void open_datasets() {
        platform::FileSystemOptions options;
        options.state_dir = dir_.path().string();
        options.driver = test::FileSystemDriver::Zfs;
        options.instance = "contract";
        options.zfs_root = zfs_root_;
        options.zfs_program = test::zfs_pool().program();
        auto chosen = platform::choose_file_system(executor_, options);
        ASSERT_TRUE(chosen) << chosen.error().message;
        store_ = std::move(chosen->fscomps);
    }
    bool restart() {
        open();
        std::vector<std::string> known;
        std::vector<core::VolumeSnapshotKey> kept;
        for (const auto& [name, tree] : models_.owners) known.push_back(name);
        for (const auto& [key, tree] : models_.snapshots) kept.push_back(key);
        return store_->sweep(known, kept, {}).ok();
    }

    static constexpr bool is_zfs = std::is_same_v<Ground, ZfsGround>;
    fakes::ManualExecutor executor_;
    test::TempDir dir_{"potd-test", Ground::ground()};
    std::string zfs_root_;
    std::unique_ptr<core::VolumeStore> store_;
    Models<std::string, core::VolumeSnapshotKey> models_;
    std::uint32_t next_ = 0;
};
using VolumeGrounds = testing::Types<TreeGround, BtrfsGround, ZfsGround>;
TYPED_TEST_SUITE(VolumeHistoriesTest, VolumeGrounds, test::DriverName);

TYPED_TEST(VolumeHistoriesTest, BehaveAsTheirModels) {
    for (std::uint32_t seed = 1; seed <= 3; ++seed) {
        this->run(seed, 60);
        if (this->HasFatalFailure()) return;
    }
}

}  // namespace
}  // namespace potd
