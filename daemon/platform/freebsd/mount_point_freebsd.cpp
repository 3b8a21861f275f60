#include "daemon/platform/posix/mount_point.hpp"

#include <sys/param.h>
// after sys/param.h
#include <sys/mount.h>
#include <sys/stat.h>

namespace potd::platform {

bool is_mount_point(const std::string& path) {
    struct stat inner {};
    struct stat outer {};
    return ::lstat(path.c_str(), &inner) == 0 && ::lstat((path + "/..").c_str(), &outer) == 0 &&
           inner.st_dev != outer.st_dev;
}

}  // namespace potd::platform
