#include "daemon/monitor/exit_record.hpp"

#include "daemon/monitor/text.hpp"

#include <cerrno>

#include <fcntl.h>

namespace potd::monitor {

int write_whole_file(const char* path, std::span<const std::byte> bytes) {
    FixedText<4096> draft;
    draft.add(path).add(".new");
    if (draft.overflowed()) return -ENAMETOOLONG;
    const int fd = sys::open_at(AT_FDCWD, draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600);
    if (fd < 0) return fd;
    const long written = sys::write(fd, bytes.data(), bytes.size());
    sys::close(fd);
    if (written == static_cast<long>(bytes.size())) return sys::rename_at(AT_FDCWD, draft.c_str(), path);
    (void)sys::unlink_at(AT_FDCWD, draft.c_str());
    return written < 0 ? static_cast<int>(written) : -ENOSPC;
}

}  // namespace potd::monitor
