#pragma once

#include "core/base/result.hpp"
#include "daemon/platform/posix/unique_fd.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace potd::platform {

/// What an absolute symlink, or ".." above the top, means inside a root.
enum class Escape {
    Clamp,   ///< as after chroot: "/" is the root, ".." of the root is the root
    Refuse,  ///< PermissionDenied; for trees that have no reason to do so (archives)
};

/// Who resolves the path. Both give the same answers; tests force the second.
enum class PathResolver { KernelIfAble, Walk };

struct PathOpen {
    int flags = 0;    ///< as for open(2); O_CLOEXEC is added
    mode_t mode = 0;  ///< with O_CREAT, subject to the umask
    Escape escape = Escape::Clamp;
    PathResolver resolver = PathResolver::KernelIfAble;
};

/// Opens `path` below the directory `root` so that no symlink, planted before or during the call,
/// leads out of it; links of procfs are never followed. A leading '/' means the root. Blocks on
/// the file system; any thread. Error message without the path, kinds as core::os_error.
[[nodiscard]] core::Result<UniqueFd> open_in_root(int root, std::string_view path, const PathOpen& how);

/// Makes the directory `path` below `root` and what is missing above it, each with exactly `mode`
/// whatever the umask; existing ones stay as they are. Returns it open (O_RDONLY | O_DIRECTORY).
[[nodiscard]] core::Result<UniqueFd> make_directories_in_root(int root, std::string_view path, mode_t mode,
                                                              const PathOpen& how = {});

/// One new directory with exactly `mode`; Conflict if the name is taken.
[[nodiscard]] core::Status make_directory(int parent, const std::string& name, mode_t mode);

/// The components of a path without empty ones and ".".
[[nodiscard]] std::vector<std::string> split_path(std::string_view path);

/// Opens a directory that the caller trusts, by any path.
[[nodiscard]] core::Result<UniqueFd> open_directory(const std::string& path);

/// The kernel's own resolution, per system: Unsupported if this kernel has none.
[[nodiscard]] core::Result<UniqueFd> kernel_open_in_root(int root, const std::string& path,
                                                         const PathOpen& how);

/// Opens a child directory, following no symlink and entering no other mount: Conflict with EXDEV
/// in os_error for a mount point. Per system.
[[nodiscard]] core::Result<UniqueFd> open_child_directory(int parent, const std::string& name);

}  // namespace potd::platform
