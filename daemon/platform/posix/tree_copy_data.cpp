#include "daemon/platform/posix/tree_copy_data.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <vector>

#include <unistd.h>

namespace potd::platform {
namespace {

core::Status write_at(int to, const char* data, std::size_t size, off_t at) {
    while (size > 0) {
        const ssize_t written = ::pwrite(to, data, size, at);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return core::os_error(errno, "write");
        data += written;
        size -= static_cast<std::size_t>(written);
        at += written;
    }
    return {};
}

core::Status copy_by_hand(int from, int to, off_t at, off_t end) {
    std::vector<char> block(256UL * 1024);
    while (at < end) {
        const auto wanted = std::min<off_t>(end - at, static_cast<off_t>(block.size()));
        const ssize_t got = ::pread(from, block.data(), static_cast<std::size_t>(wanted), at);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return core::os_error(errno, "read");
        if (got == 0) return {};  // shortened meanwhile
        if (auto put = write_at(to, block.data(), static_cast<std::size_t>(got), at); !put) return put;
        at += got;
    }
    return {};
}

core::Status copy_range(int from, int to, off_t at, off_t end) {
    off_t out = at;
    while (at < end) {
        const ssize_t copied = ::copy_file_range(from, &at, to, &out, static_cast<std::size_t>(end - at), 0);
        if (copied > 0) continue;
        if (copied == 0) return copy_by_hand(from, to, at, end);
        if (errno == EINTR) continue;
        const bool cannot = errno == EXDEV || errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP ||
                            errno == EPERM || errno == ETXTBSY;
        return cannot ? copy_by_hand(from, to, at, end) : core::Status(core::os_error(errno, "copy"));
    }
    return {};
}

}  // namespace

core::Status copy_data(int from, int to, const struct stat& about) {
    const off_t size = about.st_size;
    // Without a hole, as most are, there is nothing to look for: three calls less a file.
    if (about.st_blocks * 512 >= size) return copy_range(from, to, 0, size);
    if (::ftruncate(to, size) != 0) return core::os_error(errno, "set size");
    off_t at = 0;
    while (at < size) {
        const off_t data = ::lseek(from, at, SEEK_DATA);
        if (data < 0 && errno == ENXIO) return {};  // a hole to the end
        if (data < 0) return copy_range(from, to, at, size);
        const off_t hole = ::lseek(from, data, SEEK_HOLE);
        const off_t end = hole < 0 ? size : std::min(hole, size);
        if (auto copied = copy_range(from, to, data, end); !copied) return copied;
        at = end;
    }
    return {};
}

}  // namespace potd::platform
