#include "daemon/audit_file.hpp"

#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace potd {
namespace {

/// All of it, or why not; `written` counts what is there in any case.
core::Status write_whole(int fd, std::string_view bytes, std::size_t& written) {
    while (written < bytes.size()) {
        const ssize_t done = ::write(fd, bytes.data() + written, bytes.size() - written);
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) return core::os_error(errno, "write");
        written += static_cast<std::size_t>(done);
    }
    return {};
}

}  // namespace

AuditFile::~AuditFile() {
    close();
}

void AuditFile::close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

core::Status AuditFile::open(const std::filesystem::path& file) {
    close();
    failing_ = torn_ = false;
    name_ = file.string();
    if (file.empty()) return {};
    // Not blocking: it could be a pipe that nobody reads.
    const int flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
    const int fd = ::open(file.c_str(), flags, 0600);
    if (fd < 0) return core::os_error(errno, "audit.file " + name_);
    struct stat facts {};
    const bool known = ::fstat(fd, &facts) == 0;
    if (!known || !S_ISREG(facts.st_mode) || (facts.st_mode & 0077U) != 0) {
        ::close(fd);
        return core::error(core::ErrorKind::PermissionDenied,
                           "audit.file " + name_ + ": expected a file with the mode 0600");
    }
    fd_ = fd;
    return {};
}

void AuditFile::write(std::string_view line) {
    if (fd_ < 0) return;
    const std::string text = (torn_ ? "\n" : "") + std::string(line);
    std::size_t written = 0;
    const core::Status done = write_whole(fd_, text, written);
    if (written > 0) torn_ = !done;
    if (!done && !failing_) complain_("audit.file " + name_ + ": " + done.error().message);
    failing_ = !done;
}

}  // namespace potd
