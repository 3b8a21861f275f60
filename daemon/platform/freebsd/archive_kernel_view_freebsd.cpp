#include "daemon/platform/posix/archive_pack.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include <sys/param.h>
// after sys/param.h
#include <sys/mount.h>

namespace potd::platform {

bool shows_the_kernel(int directory) {
    constexpr std::array<std::string_view, 5> kinds{"procfs", "linprocfs", "linsysfs", "devfs", "fdescfs"};
    struct statfs about {};
    if (::fstatfs(directory, &about) != 0) return false;
    return std::find(kinds.begin(), kinds.end(), std::string_view(about.f_fstypename)) != kinds.end();
}

}  // namespace potd::platform
