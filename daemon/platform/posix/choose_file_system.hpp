#pragma once

#include "core/base/result.hpp"
#include "core/port/executor.hpp"
#include "core/port/file_system.hpp"
#include "core/port/volume_store.hpp"
#include "daemon/platform/posix/base_volumes.hpp"
#include "daemon/platform/posix/pot_trees.hpp"

#include <functional>
#include <memory>
#include <string>

namespace potd::platform {

enum class FileSystemDriver { Automatic, Overlay, Btrfs, Zfs, Dir };

struct FileSystemOptions {
    std::string state_dir;  ///< exists, absolute
    FileSystemDriver driver = FileSystemDriver::Automatic;
    std::function<void(const std::string& message)> problem;  ///< for the log: what cannot be deleted
    std::string instance = "potd";                            ///< whose datasets they are
    std::string zfs_root;     ///< dataset; empty: the one that is mounted on the state directory
    std::string zfs_program;  ///< of zfs(8): a path, or a name to look for; empty: "zfs"
};

struct ChosenFileSystem {
    std::unique_ptr<core::FileSystem> files;
    std::string reason;                    ///< why this driver: one sentence for people
    std::shared_ptr<BaseVolumes> volumes;  ///< for the store of bases; null: they are directories
    std::unique_ptr<core::VolumeStore> fscomps = nullptr;  ///< null: a TreeVolumeStore has them
};

/// "auto", "" or the name of a driver that this system may have; else InvalidArgument for storage.driver.
[[nodiscard]] core::Result<FileSystemDriver> driver_of(const std::string& name);

/// The driver for the state directory. On Linux btrfs if it lies on one, zfs if a dataset is mounted on it or
/// one is configured, overlay if that works there, else dir; on FreeBSD zfs or dir. Pots stay with the driver
/// that made them. A driver asked for by name is that one or an error saying why not. Makes
/// <state>/{pots,snapshots,trash}; on Linux <state>/overlay-works notes that the probe went well in this
/// boot, so that later starts need none. Blocks; at start-up.
[[nodiscard]] core::Result<ChosenFileSystem> choose_file_system(core::Executor& executor,
                                                                const FileSystemOptions& options);

}  // namespace potd::platform
