#include "api/door/secret_key.hpp"

#include "api/door/key_file.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <optional>

#include <openssl/evp.h>

namespace potd::api {
namespace {

constexpr std::size_t nonce_size = 12;
constexpr std::size_t tag_size = 16;

struct FreeCipher {
    void operator()(EVP_CIPHER_CTX* context) const noexcept { ::EVP_CIPHER_CTX_free(context); }
};
using Cipher = std::unique_ptr<EVP_CIPHER_CTX, FreeCipher>;

// NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): OpenSSL's bytes
const unsigned char* octets(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());  // NOLINT
}
unsigned char* octets(std::string& text) {
    return reinterpret_cast<unsigned char*>(text.data());  // NOLINT
}

int length(std::string_view text) {
    return static_cast<int>(text.size());
}

std::optional<std::string> encrypted(std::string_view key, std::string_view nonce, std::string_view context,
                                     std::string_view text) {
    const Cipher cipher(::EVP_CIPHER_CTX_new());
    std::string out(text.size(), '\0');
    std::string tag(tag_size, '\0');
    int done = 0;
    const bool good =
        cipher &&
        ::EVP_EncryptInit_ex(cipher.get(), ::EVP_aes_256_gcm(), nullptr, octets(key), octets(nonce)) == 1 &&
        ::EVP_EncryptUpdate(cipher.get(), nullptr, &done, octets(context), length(context)) == 1 &&
        ::EVP_EncryptUpdate(cipher.get(), octets(out), &done, octets(text), length(text)) == 1 &&
        ::EVP_EncryptFinal_ex(cipher.get(), octets(tag), &done) == 1 &&
        ::EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, tag_size, octets(tag)) == 1;
    if (!good) return std::nullopt;
    return std::string(nonce) + out + tag;
}

std::optional<std::string> decrypted(std::string_view key, std::string_view context, std::string_view whole) {
    if (whole.size() < nonce_size + tag_size) return std::nullopt;
    const std::string_view nonce = whole.substr(0, nonce_size);
    const std::string_view text = whole.substr(nonce_size, whole.size() - nonce_size - tag_size);
    std::string tag(whole.substr(whole.size() - tag_size));
    const Cipher cipher(::EVP_CIPHER_CTX_new());
    std::string out(text.size(), '\0');
    std::array<unsigned char, tag_size> rest{};
    int done = 0;
    const bool good =
        cipher &&
        ::EVP_DecryptInit_ex(cipher.get(), ::EVP_aes_256_gcm(), nullptr, octets(key), octets(nonce)) == 1 &&
        ::EVP_DecryptUpdate(cipher.get(), nullptr, &done, octets(context), length(context)) == 1 &&
        ::EVP_DecryptUpdate(cipher.get(), octets(out), &done, octets(text), length(text)) == 1 &&
        ::EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, tag_size, octets(tag)) == 1 &&
        ::EVP_DecryptFinal_ex(cipher.get(), rest.data(), &done) == 1;
    if (!good) return std::nullopt;
    return out;
}

std::optional<int> digit_of(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return std::nullopt;
}

/// Empty if it is no such text.
std::string from_hexadecimal(std::string_view text) {
    std::string bytes;
    for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
        const auto high = digit_of(text[i]), low = digit_of(text[i + 1]);
        if (!high || !low) return {};
        bytes += static_cast<char>(*high * 16 + *low);
    }
    return bytes;
}

}  // namespace

core::Status SecretKey::ready(bool may_make) {
    auto bytes = read_key_file(file_, "the secrets", may_make ? IfNone::Make : IfNone::Fail);
    if (bytes) {
        bytes_ = *std::move(bytes);
        return {};
    }
    // Neither what is asked for is missing then, nor may who asks not have it.
    core::Error failed = std::move(bytes).error();
    failed.kind = core::ErrorKind::Unavailable;
    return failed;
}

core::Result<std::string> SecretKey::seal(std::string_view context, std::string_view text) {
    if (core::Status able = bytes_.empty() ? ready(false) : core::Status(); !able) return able.error();
    const auto nonce = random_text(nonce_size);
    if (!nonce) return nonce.error();
    const auto closed = encrypted(bytes_, *nonce, context, text);
    if (!closed) return core::error(core::ErrorKind::Internal, "OpenSSL does not encrypt by AES-256-GCM");
    return hexadecimal(*closed);
}

core::Result<std::string> SecretKey::open(std::string_view context, std::string_view sealed) {
    const std::string whole = from_hexadecimal(sealed);
    if (!bytes_.empty()) {
        if (auto text = decrypted(bytes_, context, whole)) return *std::move(text);
    }
    const std::string tried = bytes_;
    if (core::Status able = ready(false); !able) return able.error();
    if (bytes_ != tried) {
        if (auto text = decrypted(bytes_, context, whole)) return *std::move(text);
    }
    return core::error(core::ErrorKind::Unavailable,
                       "the key of the secrets " + file_.string() +
                           " does not open it: it is another one, or the record was changed");
}

std::size_t SecretKey::length_of(std::string_view sealed) const {
    const std::size_t bytes = sealed.size() / 2;
    return bytes - std::min(bytes, nonce_size + tag_size);
}

}  // namespace potd::api
