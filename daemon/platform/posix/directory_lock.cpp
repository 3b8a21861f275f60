#include "daemon/platform/posix/directory_lock.hpp"

#include <array>
#include <cerrno>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace potd::platform {
namespace {

using core::Result;
using core::Status;

/// " (pid 4711)", or nothing if the file does not say.
std::string holder(int file) {
    std::array<char, 16> buffer{};
    const ssize_t got = ::pread(file, buffer.data(), buffer.size(), 0);
    if (got <= 0) return {};
    std::string_view text(buffer.data(), static_cast<std::size_t>(got));
    text = text.substr(0, text.find('\n'));
    if (text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos) return {};
    return " (pid " + std::string(text) + ")";
}

Status write_pid(int file, const std::string& path) {
    const std::string pid = std::to_string(::getpid()) + "\n";
    if (::ftruncate(file, 0) != 0) return core::os_error(errno, path);
    if (::pwrite(file, pid.data(), pid.size(), 0) < 0) return core::os_error(errno, path);
    return {};
}

}  // namespace

Result<DirectoryLock> DirectoryLock::acquire(const std::filesystem::path& directory) {
    const std::string path = directory / "lock";
    UniqueFd file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!file) return core::os_error(errno, path);
    if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK) return core::os_error(errno, "lock " + path);
        return core::error(core::ErrorKind::Conflict, directory.string() + ": another potd" +
                                                          holder(file.get()) + " uses this state directory");
    }
    if (Status written = write_pid(file.get(), path); !written) return std::move(written).error();
    return DirectoryLock(std::move(file));
}

}  // namespace potd::platform
