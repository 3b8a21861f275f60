#include "api/door/key_file.hpp"

#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace potd::api {
namespace {

constexpr std::size_t key_size = 32;

/// Closes it; nothing that was written depends on whether that succeeds.
class OpenKey {
  public:
    explicit OpenKey(int fd) : fd_(fd) {}
    ~OpenKey() {
        if (fd_ >= 0) ::close(fd_);
    }
    OpenKey(const OpenKey&) = delete;
    OpenKey& operator=(const OpenKey&) = delete;
    [[nodiscard]] int get() const { return fd_; }

  private:
    int fd_;
};

struct KeyPlace {
    const std::filesystem::path& file;
    std::string_view what;

    [[nodiscard]] std::string text() const { return "key of " + std::string(what) + " " + file.string(); }
    [[nodiscard]] core::Error failed() const { return core::os_error(errno, text()); }
};

core::Result<std::string> read_key(const KeyPlace& place, int fd) {
    struct stat facts {};
    if (::fstat(fd, &facts) != 0) return place.failed();
    if ((facts.st_mode & 0077U) != 0 || !S_ISREG(facts.st_mode))
        return core::error(core::ErrorKind::PermissionDenied,
                           place.text() + ": expected a file with the mode 0600");
    if (facts.st_uid != ::geteuid())
        return core::error(core::ErrorKind::PermissionDenied,
                           place.text() + ": expected a file of the user potd runs as, not of uid " +
                               std::to_string(facts.st_uid));
    std::string bytes(key_size + 1, '\0');
    const ssize_t got = ::pread(fd, bytes.data(), bytes.size(), 0);
    if (got < 0) return place.failed();
    if (got != static_cast<ssize_t>(key_size))
        return core::error(core::ErrorKind::Internal,
                           place.text() + ": expected 32 bytes, not " + std::to_string(facts.st_size));
    bytes.resize(key_size);
    return bytes;
}

bool write_key(int fd, std::string_view bytes) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written >= 0 && written != static_cast<ssize_t>(bytes.size())) errno = ENOSPC;
    return written == static_cast<ssize_t>(bytes.size()) && ::fsync(fd) == 0;
}

/// Under another name until it is whole, so that a crash leaves none or a good one.
core::Status make_key(const KeyPlace& place) {
    const auto bytes = random_text(key_size);
    if (!bytes) return bytes.error();
    const std::filesystem::path& file = place.file;
    const std::string temporary = file.string() + ".new";
    if (::unlink(temporary.c_str()) != 0 && errno != ENOENT) return place.failed();
    const OpenKey out(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (out.get() < 0) return place.failed();
    if (!write_key(out.get(), *bytes) || ::rename(temporary.c_str(), file.c_str()) != 0) {
        core::Error failed = place.failed();
        ::unlink(temporary.c_str());
        return failed;
    }
    const OpenKey directory(::open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (directory.get() < 0 || ::fsync(directory.get()) != 0) return place.failed();
    return {};
}

}  // namespace

std::string hexadecimal(std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    text.reserve(2 * bytes.size());
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        text += digits[byte >> 4U];
        text += digits[byte & 0xFU];
    }
    return text;
}

/// OpenSSL's would load all of it at potd's first start.
core::Result<std::string> random_text(std::size_t bytes) {
    std::string text(bytes, '\0');
    if (::getentropy(text.data(), text.size()) != 0) return core::os_error(errno, "random numbers");
    return text;
}

core::Result<std::string> read_key_file(const std::filesystem::path& file, std::string_view what,
                                        IfNone then) {
    const KeyPlace place{file, what};
    for (const bool again : {false, true}) {
        const OpenKey in(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
        if (in.get() >= 0) return read_key(place, in.get());
        if (errno != ENOENT || again || then == IfNone::Fail) break;
        if (auto made = make_key(place); !made) return std::move(made).error();
    }
    return place.failed();
}

}  // namespace potd::api
