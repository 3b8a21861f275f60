#include "daemon/platform/posix/safe_path.hpp"

#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>

namespace potd::platform {

/// The kernel knows how to refuse what leads out (O_RESOLVE_BENEATH in open(2), 13.0), not how to clamp it.
core::Result<UniqueFd> kernel_open_in_root(int root, const std::string& path, const PathOpen& how) {
    if (how.escape == Escape::Clamp) return core::error(core::ErrorKind::Unsupported, "openat");
    // A leading '/' means the root.
    const std::string inside = "./" + path;
    UniqueFd fd(::openat(root, inside.c_str(), how.flags | O_RESOLVE_BENEATH | O_CLOEXEC, how.mode));
    if (fd) return fd;
    // As with the walk, and on Linux, for a link that is not to be followed.
    if (errno != ENOTCAPABLE) return core::os_error(errno == EMLINK ? ELOOP : errno, "open");
    core::Error result = core::error(core::ErrorKind::PermissionDenied, "leads out of the root");
    result.os_error = EXDEV;
    return result;
}

core::Result<UniqueFd> open_child_directory(int parent, const std::string& name) {
    UniqueFd fd(::openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    struct stat above {};
    struct stat below {};
    if (!fd || ::fstat(parent, &above) != 0 || ::fstat(fd.get(), &below) != 0) {
        return core::os_error(errno, "open");
    }
    if (above.st_dev == below.st_dev) return fd;
    core::Error result = core::error(core::ErrorKind::Conflict, "something is mounted there");
    result.os_error = EXDEV;
    return result;
}

}  // namespace potd::platform
