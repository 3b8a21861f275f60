#pragma once

#include "daemon/platform/linux/cgroup_layout.hpp"

namespace potd::platform {

/// A service manager hands down the controllers that it knows. systemd does not know hugetlb, and leaves
/// alone what others do about it: so where the base of the unified hierarchy has it not, it is handed down
/// from the mount point as far as the base. Only limits.hugepages needs it, so that a refusal leaves all as
/// it is. Blocking, but only on the kernel's memory.
void hand_down_huge_pages(CgroupLayout& layout);

}  // namespace potd::platform
