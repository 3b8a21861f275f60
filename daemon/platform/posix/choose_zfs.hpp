#pragma once

#include "daemon/platform/posix/choose_file_system.hpp"
#include "daemon/platform/posix/zfs_datasets.hpp"

#include <string>

namespace potd::platform {

/// What the zfs driver needs, and why it can be used: one sentence.
struct ZfsChoice {
    ZfsDatasets datasets;
    std::string reason;
};

/// Finds the program and the root dataset and makes what is missing of it. Unsupported, with the reason,
/// where there is none; else what zfs says. Runs no program if no dataset is configured and nothing is
/// mounted on the state directory. Blocks; at start-up.
[[nodiscard]] core::Result<ZfsChoice> probe_zfs(const FileSystemOptions& options);

/// Whether there are pots whose root is in their own folder, as it is with every driver but zfs.
[[nodiscard]] bool has_roots_in_folders(const PotTrees& pots);

/// The driver on what was found. Makes <state>/jails.
[[nodiscard]] core::Result<ChosenFileSystem> use_zfs(core::Executor& executor,
                                                     const FileSystemOptions& options, PotTrees pots,
                                                     ZfsChoice choice);

}  // namespace potd::platform
