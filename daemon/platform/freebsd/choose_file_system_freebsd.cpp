#include "daemon/platform/posix/choose_file_system.hpp"
#include "daemon/platform/posix/choose_zfs.hpp"
#include "daemon/platform/posix/dir_file_system.hpp"

#include <utility>

namespace potd::platform {
namespace {

ChosenFileSystem use_dir(core::Executor& executor, PotTrees pots, std::string reason) {
    return {std::make_unique<DirFileSystem>(executor, std::move(pots)), std::move(reason), nullptr};
}

}  // namespace

core::Result<FileSystemDriver> driver_of(const std::string& name) {
    if (name.empty() || name == "auto") return FileSystemDriver::Automatic;
    if (name == "zfs") return FileSystemDriver::Zfs;
    if (name == "dir") return FileSystemDriver::Dir;
    return core::invalid_field("storage.driver", name, "auto, zfs or dir");
}

core::Result<ChosenFileSystem> choose_file_system(core::Executor& executor,
                                                  const FileSystemOptions& options) {
    auto pots = PotTrees::open(executor, options.state_dir, options.problem);
    if (!pots) return std::move(pots).error();
    if (options.driver == FileSystemDriver::Dir)
        return use_dir(executor, std::move(pots).value(), "The configuration says so.");
    if (options.driver == FileSystemDriver::Overlay || options.driver == FileSystemDriver::Btrfs)
        return core::error(core::ErrorKind::Unsupported,
                           "FreeBSD has no overlay and no btrfs; the file system drivers are zfs and dir");
    const bool asked = options.driver == FileSystemDriver::Zfs;
    if (!asked && has_roots_in_folders(pots.value()))
        return use_dir(executor, std::move(pots).value(), "There are pots that were made by it.");
    auto zfs = probe_zfs(options);
    if (zfs) return use_zfs(executor, options, std::move(pots).value(), std::move(zfs).value());
    if (asked || !options.zfs_root.empty()) return std::move(zfs).error();
    return use_dir(executor, std::move(pots).value(),
                   "Every other driver was tried: " + zfs.error().message + ".");
}

}  // namespace potd::platform
