#include "daemon/platform/posix/safe_path.hpp"

#include <cerrno>

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace potd::platform {
namespace {

UniqueFd openat2(int parent, const char* path, int flags, mode_t mode, std::uint64_t resolve) {
    open_how how{};
    how.flags = static_cast<std::uint64_t>(static_cast<unsigned>(flags | O_CLOEXEC));
    how.mode = (flags & O_CREAT) != 0 ? mode : 0;
    how.resolve = resolve;
    return UniqueFd(static_cast<int>(::syscall(SYS_openat2, parent, path, &how, sizeof how)));
}

/// Kernels before 5.6, and filters of an outer sandbox that do not know the call.
bool is_lacking(int error_number) {
    return error_number == ENOSYS || error_number == EPERM;
}

core::Error mount_point_error() {
    core::Error result = core::error(core::ErrorKind::Conflict, "something is mounted there");
    result.os_error = EXDEV;
    return result;
}

core::Result<UniqueFd> open_child_by_device(int parent, const std::string& name) {
    UniqueFd fd(::openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    struct stat above {};
    struct stat below {};
    if (!fd || ::fstat(parent, &above) != 0 || ::fstat(fd.get(), &below) != 0) {
        return core::os_error(errno, "open");
    }
    if (above.st_dev != below.st_dev) return mount_point_error();
    return fd;
}

}  // namespace

core::Result<UniqueFd> kernel_open_in_root(int root, const std::string& path, const PathOpen& how) {
    // RESOLVE_BENEATH refuses a leading '/', which for us means the root in both modes.
    const std::string inside = "./" + path;
    const std::uint64_t limit = how.escape == Escape::Clamp ? RESOLVE_IN_ROOT : RESOLVE_BENEATH;
    UniqueFd fd = openat2(root, inside.c_str(), how.flags, how.mode, limit | RESOLVE_NO_MAGICLINKS);
    if (fd) return fd;
    // EAGAIN: a rename crossed the ".." of this path; the walk is immune to that.
    if (is_lacking(errno) || errno == EAGAIN) return core::error(core::ErrorKind::Unsupported, "openat2");
    if (errno != EXDEV) return core::os_error(errno, "open");
    core::Error result = core::error(core::ErrorKind::PermissionDenied, "leads out of the root");
    result.os_error = EXDEV;
    return result;
}

core::Result<UniqueFd> open_child_directory(int parent, const std::string& name) {
    constexpr std::uint64_t stay = RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH;
    UniqueFd fd = openat2(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, stay);
    if (fd) return fd;
    if (is_lacking(errno) || errno == EAGAIN) return open_child_by_device(parent, name);
    if (errno == EXDEV) return mount_point_error();
    return core::os_error(errno, "open");
}

}  // namespace potd::platform
