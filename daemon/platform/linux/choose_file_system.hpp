#pragma once

#include "core/base/result.hpp"
#include "core/port/executor.hpp"
#include "core/port/file_system.hpp"

#include <functional>
#include <memory>
#include <string>

namespace potd::platform {

enum class FileSystemDriver { Automatic, Overlay, Dir };

struct FileSystemOptions {
    std::string state_dir;  ///< exists, absolute
    FileSystemDriver driver = FileSystemDriver::Automatic;
    std::function<void(const std::string& message)> problem;  ///< for the log: what the trash cannot delete
};

/// The driver for the state directory: overlay if it works there, else dir; a driver asked for by
/// name is that one or an error saying why not. Makes <state>/{pots,trash}; <state>/overlay-works notes that
/// the probe went well in this boot, so that later starts need none. Blocks; at start-up.
[[nodiscard]] core::Result<std::unique_ptr<core::FileSystem>> choose_file_system(
    core::Executor& executor, const FileSystemOptions& options);

/// Whether an overlay with its upper layer below `directory` can be mounted, read, and a file of the lower
/// layer deleted through it; tried for real in a mount namespace of a child process. Leaves nothing.
[[nodiscard]] core::Status probe_overlay(const std::string& directory);

}  // namespace potd::platform
