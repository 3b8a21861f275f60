#pragma once

#include <linux/magic.h>

namespace potd::platform {

/// Kinds of file systems (f_type of statfs(2)) whose files are made up by the kernel: reading one shows the
/// machine, and may do something to it. potmon has it too: no library, no exceptions.
constexpr bool is_kernel_view(unsigned long kind) {
    constexpr unsigned long kinds[] = {
        PROC_SUPER_MAGIC, SYSFS_MAGIC,   CGROUP_SUPER_MAGIC, CGROUP2_SUPER_MAGIC, DEVPTS_SUPER_MAGIC,
        DEBUGFS_MAGIC,    TRACEFS_MAGIC, SECURITYFS_MAGIC,   BPF_FS_MAGIC,        PSTOREFS_MAGIC,
        EFIVARFS_MAGIC,   NSFS_MAGIC,    SELINUX_MAGIC,      SMACK_MAGIC,         BINFMTFS_MAGIC};
    for (const unsigned long one : kinds) {
        if (one == kind) return true;
    }
    return false;
}

}  // namespace potd::platform
