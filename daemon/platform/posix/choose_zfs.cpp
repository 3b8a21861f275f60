#include "daemon/platform/posix/choose_zfs.hpp"

#include "daemon/platform/posix/base_program.hpp"
#include "daemon/platform/posix/mount_point.hpp"
#include "daemon/platform/posix/safe_path.hpp"
#include "daemon/platform/posix/tree_directory.hpp"
#include "daemon/platform/posix/zfs_bases.hpp"
#include "daemon/platform/posix/zfs_file_system.hpp"
#include "daemon/platform/posix/zfs_volume_store.hpp"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>

namespace potd::platform {
namespace {

core::Error unusable(const std::string& state_dir, const std::string& why) {
    return core::error(core::ErrorKind::Unsupported,
                       "file system driver zfs cannot be used on " + state_dir + ": " + why);
}

core::Result<Zfs> find_zfs(const FileSystemOptions& options) {
    auto program = find_program(options.zfs_program.empty() ? "zfs" : options.zfs_program);
    if (!program) return unusable(options.state_dir, program.error().message);
    return Zfs(std::move(program).value());
}

std::string no_dataset() {
    return "no dataset is mounted on it, and storage.zfs.root names none (zfs create -o mountpoint=STATE_DIR "
           "POOL/potd makes one)";
}

/// The dataset on the state directory itself. One further up would hold what is not potd's: a boot
/// environment, other state directories.
core::Result<std::string> mounted_dataset(const Zfs& zfs, const std::string& state_dir) {
    auto entry = zfs.at_path(state_dir);
    if (!entry) return unusable(state_dir, entry.error().message);
    std::error_code unresolved;
    const auto path = std::filesystem::canonical(state_dir, unresolved);
    if (entry->mountpoint != (unresolved ? state_dir : path.string()))
        return unusable(state_dir, no_dataset());
    return std::move(entry->name);
}

}  // namespace

core::Result<ZfsChoice> probe_zfs(const FileSystemOptions& options) {
    const bool configured = !options.zfs_root.empty();
    if (!configured && !is_mount_point(options.state_dir)) return unusable(options.state_dir, no_dataset());
    auto zfs = find_zfs(options);
    if (!zfs) return std::move(zfs).error();
    auto root = configured ? core::Result<std::string>(options.zfs_root)
                           : mounted_dataset(zfs.value(), options.state_dir);
    if (!root) return std::move(root).error();
    auto datasets = ZfsDatasets::open(zfs.value(), {root.value(), options.instance, options.state_dir});
    if (!datasets) return std::move(datasets).error();
    std::string reason = configured ? "The configuration names the dataset " + root.value() + "."
                                    : "The dataset " + root.value() + " is mounted on the state directory.";
    return ZfsChoice{std::move(datasets).value(), std::move(reason)};
}

bool has_roots_in_folders(const PotTrees& pots) {
    const auto names = pots.pots();
    if (!names) return false;
    return std::any_of(names->begin(), names->end(), [&](const std::string& name) {
        const auto pot = pots.open(name);
        return pot && (stat_entry(pot->get(), "upper") || stat_entry(pot->get(), "root"));
    });
}

core::Result<ChosenFileSystem> use_zfs(core::Executor& executor, const FileSystemOptions& options,
                                       PotTrees pots, ZfsChoice choice) {
    // Roots of pots are for root alone, as with the other drivers.
    auto made = make_directory(AT_FDCWD, options.state_dir + "/jails", S_IRWXU);
    if (!made && made.error().os_error != EEXIST) return std::move(made).error().in("jails");
    auto order = std::make_shared<SerialExecutor>(executor);
    auto volumes = std::make_shared<ZfsBases>(choice.datasets, order);
    auto fscomps = ZfsVolumeStore::open(executor, order, choice.datasets, options.problem);
    if (!fscomps) return std::move(fscomps).error();
    auto files = std::make_unique<ZfsFileSystem>(executor, order, std::move(choice.datasets), std::move(pots),
                                                 options.problem);
    return ChosenFileSystem{std::move(files), std::move(choice.reason), std::move(volumes),
                            *std::move(fscomps)};
}

}  // namespace potd::platform
