#include "daemon/platform/posix/kept_room.hpp"
#include "daemon/platform/posix/unique_fd.hpp"

#include <cerrno>

#include <fcntl.h>

namespace potd::platform {

core::Status keep_room(const std::filesystem::path& file, std::int64_t bytes) {
    const UniqueFd opened(::open(file.c_str(), O_WRONLY | O_NOFOLLOW | O_CLOEXEC));
    if (!opened) return core::os_error(errno, file.string());
    if (::fallocate(opened.get(), FALLOC_FL_KEEP_SIZE, 0, bytes) == 0) return {};
    return core::os_error(errno, "keep room for " + file.string());
}

}  // namespace potd::platform
