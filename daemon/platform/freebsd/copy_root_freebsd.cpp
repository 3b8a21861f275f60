#include "daemon/platform/posix/copy_root.hpp"
#include "daemon/platform/posix/safe_path.hpp"

namespace potd::platform {

/// A jail's root is a directory of the host, with its mounts on it while it runs.
core::Result<CopyRoot> CopyRoot::open(const core::PotPlace& place) {
    if (place.root.kind != core::RootFs::Kind::Directory)
        return core::error(core::ErrorKind::Unsupported, "this system has no overlays");
    auto root = open_directory(place.root.path);
    if (!root) return std::move(root).error();
    return CopyRoot(std::move(root).value());
}

/// A jail may outlive its first process, as that of a persistent pot does; its monitor it does not.
core::Result<ProcessHandle> CopyRoot::watch(const core::PotPlace& place) {
    if (!place.monitor) return ProcessHandle();
    auto process = open_process(*place.monitor);
    if (!process && process.error().kind == core::ErrorKind::NotFound)
        return core::error(core::ErrorKind::Conflict, "the pot has ended");
    return process;
}

}  // namespace potd::platform
