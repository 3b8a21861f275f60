#include "daemon/platform/posix/directory_lock.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstddef>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <unistd.h>

namespace potd::platform {
namespace {

using core::Result;
using core::Status;

/// The pid in the file, 0 if it holds none.
pid_t holder(int file) {
    std::array<char, 16> buffer{};
    const ssize_t got = ::pread(file, buffer.data(), buffer.size(), 0);
    if (got <= 0) return 0;
    std::string_view text(buffer.data(), static_cast<std::size_t>(got));
    text = text.substr(0, text.find('\n'));
    pid_t pid = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), pid);
    return parsed.ec == std::errc{} && parsed.ptr == text.data() + text.size() && pid > 0 ? pid : 0;
}

bool is_gone(pid_t pid) {
    return pid != 0 && ::kill(pid, 0) != 0 && errno == ESRCH;
}

/// A child that a killed potd was about to turn into another program holds the lock until it is one; there is
/// nothing to wait on for that. 0 or errno.
int lock(int file) {
    constexpr int patience_ms = 5000;
    constexpr int pause_ms = 5;
    for (int waited = 0;; waited += pause_ms) {
        if (::flock(file, LOCK_EX | LOCK_NB) == 0) return 0;
        if (errno != EWOULDBLOCK || waited >= patience_ms) return errno;
        if (!is_gone(holder(file))) return EWOULDBLOCK;
        static_cast<void>(::poll(nullptr, 0, pause_ms));
    }
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
    if (const int failure = lock(file.get()); failure != 0) {
        if (failure != EWOULDBLOCK) return core::os_error(failure, "lock " + path);
        const pid_t pid = holder(file.get());
        const std::string named = pid != 0 ? " (pid " + std::to_string(pid) + ")" : "";
        return core::error(core::ErrorKind::Conflict,
                           directory.string() + ": another potd" + named + " uses this state directory");
    }
    if (Status written = write_pid(file.get(), path); !written) return std::move(written).error();
    return DirectoryLock(std::move(file));
}

}  // namespace potd::platform
