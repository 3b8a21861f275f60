#pragma once

#include <string_view>

namespace potd::platform {

/// Names of file systems (f_fstypename of statfs(2)) whose files are made up by the kernel: reading one shows
/// the machine, and may do something to it. potmon has it too: no library, no exceptions.
constexpr bool is_kernel_view(std::string_view name) {
    return name == "procfs" || name == "linprocfs" || name == "linsysfs" || name == "devfs" ||
           name == "fdescfs";
}

}  // namespace potd::platform
