#include "daemon/platform/linux/file_owner.hpp"

#include <array>
#include <cerrno>

#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace potd::platform {

core::Status make_files_of(std::uint32_t id) {
    // They answer with the id that was, in failure too.
    ::syscall(SYS_setfsgid, id);
    ::syscall(SYS_setfsuid, id);
    // A change of the file-system user takes away what root may do with files; see capabilities(7).
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> rights{};
    if (::syscall(SYS_capget, &header, rights.data()) != 0) return core::os_error(errno, "capget");
    for (auto& word : rights) word.effective = word.permitted;
    if (::syscall(SYS_capset, &header, rights.data()) != 0) return core::os_error(errno, "capset");
    return {};
}

}  // namespace potd::platform
