#include "daemon/platform/posix/regular_file.hpp"

#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>

namespace potd::platform {

/// A device node in a file system other than devfs leads to no device here, and a jail has no right to mount
/// a devfs that shows more than its ruleset: that the file is opened before it is looked at starts nothing.
core::Result<UniqueFd> open_regular(int parent, const std::string& name, int access) {
    UniqueFd file(::openat(parent, name.c_str(), access | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    struct stat about {};
    if (!file) return core::os_error(errno == EMLINK ? ELOOP : errno, "open");
    if (::fstat(file.get(), &about) != 0) return core::os_error(errno, "open");
    if (!S_ISREG(about.st_mode)) return core::error(core::ErrorKind::Conflict, "is no regular file");
    return file;
}

}  // namespace potd::platform
