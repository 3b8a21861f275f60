#include "daemon/platform/freebsd/kernel_views.hpp"
#include "daemon/platform/posix/archive_pack.hpp"

#include <sys/param.h>
// after sys/param.h
#include <sys/mount.h>

namespace potd::platform {

bool shows_the_kernel(int file) {
    struct statfs about {};
    return ::fstatfs(file, &about) == 0 && is_kernel_view(about.f_fstypename);
}

}  // namespace potd::platform
