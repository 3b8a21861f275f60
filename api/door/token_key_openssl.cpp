#include "api/door/token_key.hpp"

#include <array>
#include <cerrno>
#include <optional>
#include <utility>

#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sys/stat.h>
#include <unistd.h>

namespace potd::api {
namespace {

constexpr std::size_t key_size = 32;
using Bytes = std::array<unsigned char, key_size>;

/// Closes it; nothing that was written depends on whether that succeeds.
class KeyFile {
  public:
    explicit KeyFile(int fd) : fd_(fd) {}
    ~KeyFile() {
        if (fd_ >= 0) ::close(fd_);
    }
    KeyFile(const KeyFile&) = delete;
    KeyFile& operator=(const KeyFile&) = delete;
    [[nodiscard]] int get() const { return fd_; }

  private:
    int fd_;
};

std::string hexadecimal(const unsigned char* bytes, std::size_t size) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    text.reserve(2 * size);
    for (std::size_t i = 0; i < size; ++i) {
        text += digits[bytes[i] >> 4U];
        text += digits[bytes[i] & 0xFU];
    }
    return text;
}

/// The kernel's: OpenSSL's would load all of it at potd's first start.
core::Result<Bytes> random_bytes() {
    Bytes bytes{};
    if (::getentropy(bytes.data(), bytes.size()) != 0) return core::os_error(errno, "random numbers");
    return bytes;
}

core::Error key_error(const std::filesystem::path& file) {
    return core::os_error(errno, "key of the tokens " + file.string());
}

core::Result<std::string> read_key(const std::filesystem::path& file, int fd) {
    struct stat facts {};
    if (::fstat(fd, &facts) != 0) return key_error(file);
    if ((facts.st_mode & 0077U) != 0 || !S_ISREG(facts.st_mode))
        return core::error(core::ErrorKind::PermissionDenied,
                           "key of the tokens " + file.string() + ": expected a file with the mode 0600");
    std::string bytes(key_size + 1, '\0');
    const ssize_t got = ::pread(fd, bytes.data(), bytes.size(), 0);
    if (got < 0) return key_error(file);
    if (got != static_cast<ssize_t>(key_size))
        return core::error(core::ErrorKind::Internal,
                           "key of the tokens " + file.string() + ": expected 32 bytes");
    bytes.resize(key_size);
    return bytes;
}

/// Under another name until it is whole, so that a crash leaves none or a good one.
core::Status make_key(const std::filesystem::path& file) {
    const auto bytes = random_bytes();
    if (!bytes) return bytes.error();
    const std::string temporary = file.string() + ".new";
    if (::unlink(temporary.c_str()) != 0 && errno != ENOENT) return key_error(temporary);
    const KeyFile out(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (out.get() < 0) return key_error(temporary);
    if (::write(out.get(), bytes->data(), bytes->size()) != static_cast<ssize_t>(bytes->size()) ||
        ::fsync(out.get()) != 0 || ::rename(temporary.c_str(), file.c_str()) != 0)
        return key_error(file);
    const KeyFile directory(::open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (directory.get() < 0 || ::fsync(directory.get()) != 0) return key_error(file);
    return {};
}

}  // namespace

core::Result<TokenKey> TokenKey::open(const std::filesystem::path& file) {
    for (const bool again : {false, true}) {
        const KeyFile in(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
        if (in.get() >= 0) {
            auto bytes = read_key(file, in.get());
            if (!bytes) return std::move(bytes).error();
            return TokenKey(*std::move(bytes));
        }
        if (errno != ENOENT || again) break;
        if (auto made = make_key(file); !made) return std::move(made).error();
    }
    return key_error(file);
}

std::string TokenKey::hash(std::string_view secret) const {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): OpenSSL's bytes
    const auto* const data = reinterpret_cast<const unsigned char*>(secret.data());
    if (::HMAC(::EVP_sha256(), bytes_.data(), static_cast<int>(bytes_.size()), data, secret.size(),
               digest.data(), &size) == nullptr)
        return {};
    return hexadecimal(digest.data(), size);
}

core::Result<std::string> TokenKey::new_secret() {
    const auto bytes = random_bytes();
    if (!bytes) return bytes.error();
    return std::string(secret_prefix) + hexadecimal(bytes->data(), bytes->size());
}

bool TokenKey::equal(std::string_view left, std::string_view right) noexcept {
    return left.size() == right.size() && ::CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

}  // namespace potd::api
