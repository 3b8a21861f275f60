#include "daemon/platform/posix/regular_file.hpp"

#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>

namespace potd::platform {

core::Result<UniqueFd> open_regular(int parent, const std::string& name, int access) {
    const UniqueFd seen(::openat(parent, name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    struct stat about {};
    if (!seen || ::fstat(seen.get(), &about) != 0) return core::os_error(errno, "open");
    if (S_ISLNK(about.st_mode)) return core::os_error(ELOOP, "open");
    if (!S_ISREG(about.st_mode)) return core::error(core::ErrorKind::Conflict, "is no regular file");
    // The very file that was looked at, whatever has its name by now.
    const std::string same = "/proc/self/fd/" + std::to_string(seen.get());
    UniqueFd file(::open(same.c_str(), access | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    if (!file) return core::os_error(errno, "open");
    return file;
}

}  // namespace potd::platform
