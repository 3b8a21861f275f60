#include "daemon/platform/freebsd/memory_file.hpp"

#include <cerrno>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

namespace potd::platform {

core::Result<UniqueFd> memory_file(std::string_view bytes) {
    UniqueFd fd(::memfd_create("potd", MFD_CLOEXEC));
    if (!fd) return core::os_error(errno, "create a memory file");
    for (std::string_view left = bytes; !left.empty();) {
        const ssize_t put = ::write(fd.get(), left.data(), left.size());
        if (put <= 0) return core::os_error(put < 0 ? errno : ENOSPC, "fill a memory file");
        left.remove_prefix(static_cast<std::size_t>(put));
    }
    if (::lseek(fd.get(), 0, SEEK_SET) != 0) return core::os_error(errno, "rewind a memory file");
    return fd;
}

}  // namespace potd::platform
