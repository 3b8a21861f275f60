#pragma once

#include "core/port/file_system.hpp"
#include "daemon/platform/posix/choose_file_system.hpp"
#include "daemon/platform/posix/safe_path.hpp"
#include "daemon/platform/posix/tree_remove.hpp"
#include "tests/contract/machine.hpp"
#include "tests/fakes/manual_loop.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/support/zfs_pool.hpp"

#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

// What the suites of the file-system drivers share: the drivers, and a state directory for each case. A
// driver that this system does not have skips.

namespace potd::test {

namespace fs = std::filesystem;
using platform::FileSystemDriver;

struct Overlay {
    static constexpr FileSystemDriver driver = FileSystemDriver::Overlay;
    static constexpr const char* name = "overlay";
};
struct Dir {
    static constexpr FileSystemDriver driver = FileSystemDriver::Dir;
    static constexpr const char* name = "dir";
};

struct Btrfs {
    static constexpr FileSystemDriver driver = FileSystemDriver::Btrfs;
    static constexpr const char* name = "btrfs";
};

/// On the pool that POTD_TEST_ZPOOL names, else on a stand-in for zfs.
struct Zfs {
    static constexpr FileSystemDriver driver = FileSystemDriver::Zfs;
    static constexpr const char* name = "zfs";
};

/// Where the state directory of a driver lies: on the file system that it needs.
template <class Driver>
fs::path ground() {
    return {};
}
template <>
inline fs::path ground<Btrfs>() {
    return btrfs_ground();
}

template <class Driver>
class FileSystemSuite : public testing::Test {
  protected:
    void SetUp() override {
        if (is_btrfs && ground<Driver>().empty())
            GTEST_SKIP() << "no btrfs can be mounted here (root, mkfs.btrfs, loop devices)";
        if (is_zfs && !zfs_pool().usable()) GTEST_SKIP() << "no zfs and no stand-in for it here (root)";
        if (is_zfs) zfs_root_ = zfs_pool().new_dataset();
        base_.name = "small";
        base_.path = (dir_ / "base").string();
        base_.binds = {{"/usr", "/usr"}};
        fs::create_directories(dir_ / "state/bases");
        fs::create_directories(dir_ / "root");
        reopen();
        if (this->IsSkipped() || this->HasFatalFailure()) return;
        if (volumes_ == nullptr) return fill_base();
        fs::create_directories(dir_ / "state/bases/.tmp-small");
        const auto made = volumes_->make(".tmp-small");
        ASSERT_TRUE(made) << made.error().message;
        base_.path = (dir_ / "state/bases/.tmp-small").string();
        fill_base();
        const auto kept = volumes_->keep(".tmp-small", "small");
        ASSERT_TRUE(kept) << kept.error().message;
        fs::remove(base_.path);
        base_.path = (dir_ / "state/bases/small").string();
    }

    void fill_base() const {
        write_file(fs::path(base_.path) / "etc/hosts", "from the base");
        write_file(fs::path(base_.path) / "etc/unwanted", "x");
    }

    /// Also what only root of btrfs may delete: read-only subvolumes; and that nothing is left of it all.
    void TearDown() override {
        if (files_ && !this->HasFailure()) leaves_nothing();
        files_.reset();
        volumes_.reset();
        EXPECT_TRUE(zfs_root_.empty() || zfs_pool().zfs({"destroy", "-f", "-r", zfs_root_}));
        const auto directory = platform::open_directory(dir_.path().string());
        ASSERT_TRUE(directory);
        EXPECT_TRUE(platform::remove_tree(directory->get(), "state"));
    }

    void leaves_nothing() {
        executor_.run();
        const auto swept = files_->sweep({}, {}, {});
        ASSERT_TRUE(swept) << swept.error().message;
        executor_.run();
        for (const char* place :
             {"state/pots", "state/snapshots", "state/trash", "state/layers", "state/jails"})
            EXPECT_TRUE(!fs::exists(dir_ / place) || names_in(place).empty()) << place;
        EXPECT_TRUE(!is_zfs || zfs_pool().names_below(zfs_root_ + "/jails").empty());
    }

    /// As after a restart of potd: what was queued is lost.
    void reopen() {
        files_.reset();
        volumes_.reset();
        executor_.drop();
        auto opened = platform::choose_file_system(executor_, options());
        if (!opened && opened.error().kind == core::ErrorKind::Unsupported && !is_zfs)
            GTEST_SKIP() << opened.error().message;
        ASSERT_TRUE(opened) << opened.error().message;
        files_ = std::move(opened->files);
        volumes_ = std::move(opened->volumes);
        EXPECT_FALSE(opened->reason.empty());
    }
    platform::FileSystemOptions options() const {
        platform::FileSystemOptions options;
        options.state_dir = (dir_ / "state").string();
        options.driver = Driver::driver;
        options.instance = "contract";
        options.zfs_root = zfs_root_;
        options.zfs_program = is_zfs ? zfs_pool().program() : "";
        options.problem = [this](const std::string& message) { EXPECT_TRUE(cut_) << message; };
        return options;
    }

    /// Makes a call and waits for its reply.
    core::Status done(const std::function<void(core::Reply<void>)>& call) {
        std::optional<core::Status> result;
        call([&](core::Result<void> outcome) { result = std::move(outcome); });
        EXPECT_FALSE(result) << "replied before the call returned";
        executor_.run();
        return result ? *result : core::error(core::ErrorKind::Internal, "no reply");
    }
    core::Status create(const core::PotId& id) {
        return done([&](core::Reply<void> reply) { files_->create(id, base_, std::move(reply)); });
    }
    core::Status snapshot(const core::SnapshotKey& key) {
        return done([&](core::Reply<void> reply) { files_->snapshot(key, std::move(reply)); });
    }
    core::Status rollback(const core::SnapshotKey& key) {
        return done([&](core::Reply<void> reply) { files_->rollback(key, std::move(reply)); });
    }
    core::Status clone(const core::SnapshotKey& source, const core::PotId& id) {
        return done([&](core::Reply<void> reply) { files_->clone(source, id, std::move(reply)); });
    }

    /// Runs `body` in a child process that has the pot's root mounted.
    bool in_root(const core::PotId& id, const std::function<bool(const fs::path& root)>& body) {
        const auto root = files_->root(id, base_);
        if (!root) ADD_FAILURE() << root.error().message;
        return root && in_shown_root(root.value(), dir_ / "root", body);
    }

    std::vector<std::string> pots() const { return names_in("state/pots"); }
    std::vector<std::string> names_in(std::string_view place) const {
        std::vector<std::string> names;
        for (const auto& entry : fs::directory_iterator(dir_ / place))
            names.push_back(entry.path().filename().string());
        return names;
    }

    const core::PotId a_{"aaaaaaaaaaaa"};
    const core::PotId b_{"bbbbbbbbbbbb"};
    TempDir dir_{"potd-test", ground<Driver>()};
    fakes::ManualExecutor executor_;
    core::Base base_;
    std::unique_ptr<core::FileSystem> files_;
    std::shared_ptr<platform::BaseVolumes> volumes_;
    std::string zfs_root_;
    bool cut_ = false;  ///< problems are expected

  private:
    static constexpr bool is_btrfs = Driver::driver == FileSystemDriver::Btrfs;
    static constexpr bool is_zfs = Driver::driver == FileSystemDriver::Zfs;
};

struct DriverName {
    template <class Driver>
    static std::string GetName(int) {  // NOLINT(readability-identifier-naming): GoogleTest's name
        return Driver::name;
    }
};

using Drivers = testing::Types<Overlay, Dir, Btrfs, Zfs>;

}  // namespace potd::test
