#include "daemon/platform/posix/mount_point.hpp"

#include <fcntl.h>
#include <linux/stat.h>
#include <sys/stat.h>

namespace potd::platform {

bool is_mount_point(const std::string& path) {
    struct statx about {};
    return ::statx(AT_FDCWD, path.c_str(), AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, 0, &about) == 0 &&
           (about.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

}  // namespace potd::platform
