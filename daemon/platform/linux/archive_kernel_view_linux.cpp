#include "daemon/platform/posix/archive_pack.hpp"

#include <algorithm>
#include <array>

#include <linux/magic.h>
#include <sys/vfs.h>

namespace potd::platform {

bool shows_the_kernel(int directory) {
    constexpr std::array<unsigned long, 9> kinds{PROC_SUPER_MAGIC,    SYSFS_MAGIC,        CGROUP_SUPER_MAGIC,
                                                 CGROUP2_SUPER_MAGIC, DEVPTS_SUPER_MAGIC, DEBUGFS_MAGIC,
                                                 TRACEFS_MAGIC,       SECURITYFS_MAGIC,   BPF_FS_MAGIC};
    struct statfs about {};
    if (::fstatfs(directory, &about) != 0) return false;
    return std::find(kinds.begin(), kinds.end(), static_cast<unsigned long>(about.f_type)) != kinds.end();
}

}  // namespace potd::platform
