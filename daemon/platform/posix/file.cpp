#include "daemon/platform/posix/file.hpp"

#include "daemon/platform/posix/unique_fd.hpp"

#include <array>
#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>

namespace potd::platform {
namespace {

core::Result<std::string> read_all(int fd, const std::string& path, std::size_t limit) {
    std::string content;
    std::array<char, 4096> buffer{};
    for (;;) {
        const ssize_t got = ::read(fd, buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return core::os_error(errno, "read " + path);
        if (got == 0) return content;
        content.append(buffer.data(), static_cast<std::size_t>(got));
        if (content.size() > limit)
            return core::error(core::ErrorKind::TooLarge, path + ": file is too large");
    }
}

core::Status write_all(int fd, const std::string& path, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t put = ::write(fd, bytes.data(), bytes.size());
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return core::os_error(errno, "write " + path);
        bytes.remove_prefix(static_cast<std::size_t>(put));
    }
    return {};
}

core::Status write_temporary(const std::string& path, std::string_view bytes, unsigned mode) {
    UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, mode));
    if (!fd) return core::os_error(errno, "create " + path);
    if (auto written = write_all(fd.get(), path, bytes); !written) return written;
    if (::fsync(fd.get()) != 0) return core::os_error(errno, "fsync " + path);
    return {};
}

}  // namespace

core::Result<std::string> read_file(const std::string& path, std::size_t limit) {
    return read_file_at(AT_FDCWD, path, limit);
}

core::Result<std::string> read_file_at(int directory, const std::string& path, std::size_t limit) {
    const UniqueFd fd(::openat(directory, path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd) return core::os_error(errno, "open " + path);
    return read_all(fd.get(), path, limit);
}

core::Status write_existing(const std::string& path, std::string_view bytes) {
    const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (!fd) return core::os_error(errno, "open " + path);
    if (::write(fd.get(), bytes.data(), bytes.size()) < 0) {
        return core::os_error(errno, "write '" + std::string(trimmed(bytes)) + "' to " + path);
    }
    return {};
}

core::Status write_file_atomic(const std::string& path, std::string_view bytes, unsigned mode) {
    const std::string temporary = path + ".new";
    if (auto written = write_temporary(temporary, bytes, mode); !written) {
        ::unlink(temporary.c_str());
        return written;
    }
    if (::rename(temporary.c_str(), path.c_str()) != 0) {
        const int cause = errno;
        ::unlink(temporary.c_str());
        return core::os_error(cause, "rename to " + path);
    }
    return {};
}

core::Status remove_file(const std::string& path) {
    if (::unlink(path.c_str()) == 0 || errno == ENOENT) return {};
    return core::os_error(errno, "remove " + path);
}

bool exists(const std::string& path) {
    return ::access(path.c_str(), F_OK) == 0;
}

core::Status make_directory(const std::string& path, unsigned mode) {
    if (::mkdir(path.c_str(), static_cast<mode_t>(mode)) == 0 || errno == EEXIST) return {};
    return core::os_error(errno, "mkdir " + path);
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blanks = " \t\r\n";
    const std::size_t first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

}  // namespace potd::platform
