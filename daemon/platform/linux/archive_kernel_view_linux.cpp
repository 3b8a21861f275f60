#include "daemon/platform/linux/kernel_views.hpp"
#include "daemon/platform/posix/archive_pack.hpp"

#include <sys/vfs.h>

namespace potd::platform {

bool shows_the_kernel(int file) {
    struct statfs about {};
    return ::fstatfs(file, &about) == 0 && is_kernel_view(static_cast<unsigned long>(about.f_type));
}

}  // namespace potd::platform
