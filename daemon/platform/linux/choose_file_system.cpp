#include "daemon/platform/posix/choose_file_system.hpp"

#include "daemon/platform/linux/overlay_file_system.hpp"
#include "daemon/platform/linux/probe_note.hpp"
#include "daemon/platform/posix/choose_zfs.hpp"
#include "daemon/platform/posix/dir_file_system.hpp"
#include "daemon/platform/posix/pot_trees.hpp"
#include "daemon/platform/posix/safe_path.hpp"
#include "daemon/platform/posix/tree_doubling.hpp"
#include "daemon/platform/posix/tree_subvolume.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace potd::platform {
namespace {

/// What a crash leaves in the trash is swept.
core::Status probe_once(const std::string& state_dir) {
    const ProbeNote note(state_dir, "overlay-works");
    if (note.holds()) return {};
    auto works = probe_overlay(state_dir + "/trash");
    return works ? note.write() : works;
}

core::Status check_btrfs(const std::string& state_dir) {
    auto directory = open_directory(state_dir);
    if (!directory) return std::move(directory).error();
    if (has_subvolumes(directory->get())) return {};
    return core::error(core::ErrorKind::Unsupported, "file system driver btrfs cannot be used on " +
                                                         state_dir + ": it does not lie on a btrfs");
}

/// Why another driver than `driver` is not used; ok for the one that is.
core::Status check_driver(FileSystemDriver driver, const std::string& state_dir) {
    switch (driver) {
        case FileSystemDriver::Btrfs: return check_btrfs(state_dir);
        case FileSystemDriver::Overlay: return probe_once(state_dir);
        case FileSystemDriver::Automatic:
        case FileSystemDriver::Zfs:  // found out by probe_zfs
        case FileSystemDriver::Dir: return {};
    }
    return {};
}

core::Result<std::unique_ptr<core::FileSystem>> make(FileSystemDriver driver, core::Executor& executor,
                                                     const std::string& state_dir, PotTrees pots) {
    if (driver == FileSystemDriver::Overlay) {
        auto files = OverlayFileSystem::open(executor, state_dir, std::move(pots), {});
        if (!files) return std::move(files).error();
        return std::unique_ptr<core::FileSystem>(std::move(files).value());
    }
    const bool subvolumes = driver == FileSystemDriver::Btrfs;
    return std::unique_ptr<core::FileSystem>(std::make_unique<DirFileSystem>(
        executor, std::move(pots), subvolumes ? subvolume_trees() : copied_trees()));
}

struct Choice {
    FileSystemDriver driver = FileSystemDriver::Dir;
    std::string reason;
};

/// Pots stay with the driver that made them.
bool has_overlays(const PotTrees& pots) {
    const auto names = pots.pots();
    if (!names) return false;
    return std::any_of(names->begin(), names->end(), [&](const std::string& name) {
        const auto pot = pots.open(name);
        return pot && ::faccessat(pot->get(), "upper", F_OK, AT_SYMLINK_NOFOLLOW) == 0;
    });
}

Choice probe_drivers(const std::string& state_dir, const PotTrees& pots) {
    const bool overlays = has_overlays(pots);
    if (!overlays && check_btrfs(state_dir))
        return {FileSystemDriver::Btrfs, "The state directory lies on a btrfs."};
    auto works = probe_once(state_dir);
    if (works && overlays) return {FileSystemDriver::Overlay, "There are pots that were made by it."};
    if (works) return {FileSystemDriver::Overlay, "An overlay can be mounted on the state directory."};
    return {FileSystemDriver::Dir, "Every other driver was tried: " + works.error().message + "."};
}

/// Whether zfs may be tried without being asked for: pots stay with their driver, a btrfs is one already.
bool may_be_zfs(const PotTrees& pots, const FileSystemOptions& options) {
    return options.driver == FileSystemDriver::Automatic && !has_roots_in_folders(pots) &&
           !check_btrfs(options.state_dir);
}

}  // namespace

core::Result<FileSystemDriver> driver_of(const std::string& name) {
    if (name.empty() || name == "auto") return FileSystemDriver::Automatic;
    if (name == "overlay") return FileSystemDriver::Overlay;
    if (name == "btrfs") return FileSystemDriver::Btrfs;
    if (name == "zfs") return FileSystemDriver::Zfs;
    if (name == "dir") return FileSystemDriver::Dir;
    return core::invalid_field("storage.driver", name, "auto, overlay, btrfs, zfs or dir");
}

core::Result<ChosenFileSystem> choose_file_system(core::Executor& executor,
                                                  const FileSystemOptions& options) {
    auto pots = PotTrees::open(executor, options.state_dir, options.problem);
    if (!pots) return std::move(pots).error();
    const bool asked = options.driver == FileSystemDriver::Zfs;
    if (asked || may_be_zfs(pots.value(), options)) {
        auto zfs = probe_zfs(options);
        if (zfs) return use_zfs(executor, options, std::move(pots).value(), std::move(zfs).value());
        if (asked || !options.zfs_root.empty()) return std::move(zfs).error();
    }
    Choice choice{options.driver, "The configuration says so."};
    if (options.driver == FileSystemDriver::Automatic)
        choice = probe_drivers(options.state_dir, pots.value());
    else if (auto able = check_driver(options.driver, options.state_dir); !able)
        return std::move(able).error();
    auto files = make(choice.driver, executor, options.state_dir, std::move(pots).value());
    if (!files) return std::move(files).error();
    return ChosenFileSystem{std::move(files).value(), std::move(choice.reason), nullptr};
}

}  // namespace potd::platform
