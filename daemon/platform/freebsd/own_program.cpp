#include "daemon/platform/posix/own_program.hpp"

#include <array>
#include <climits>

#include <sys/types.h>
// after sys/types.h
#include <sys/auxv.h>
#include <sys/sysctl.h>

namespace potd::platform {

/// The kernel looks the name up in its cache, where it may have been dropped; what was executed stays known.
std::filesystem::path own_program() {
    std::array<char, PATH_MAX> path{};
    const std::array<int, 4> name{CTL_KERN, KERN_PROC, KERN_PROC_PATHNAME, -1};
    std::size_t size = path.size();
    if (::sysctl(name.data(), name.size(), path.data(), &size, nullptr, 0) == 0) return path.data();
    if (::elf_aux_info(AT_EXECPATH, path.data(), static_cast<int>(path.size())) == 0) return path.data();
    return {};
}

}  // namespace potd::platform
