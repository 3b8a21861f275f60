#include "api/door/token_key.hpp"

#include "api/door/key_file.hpp"

#include <array>
#include <utility>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace potd::api {

core::Result<TokenKey> TokenKey::open(const std::filesystem::path& file) {
    auto bytes = read_key_file(file, "the tokens", IfNone::Make);
    if (!bytes) return std::move(bytes).error();
    return TokenKey(*std::move(bytes));
}

std::string TokenKey::hash(std::string_view secret) const {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): OpenSSL's bytes
    const auto* const data = reinterpret_cast<const unsigned char*>(secret.data());
    if (::HMAC(::EVP_sha256(), bytes_.data(), static_cast<int>(bytes_.size()), data, secret.size(),
               digest.data(), &size) == nullptr)
        return {};
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): as above
    return hexadecimal({reinterpret_cast<const char*>(digest.data()), size});
}

core::Result<std::string> TokenKey::new_secret() {
    constexpr std::size_t secret_size = 32;
    const auto bytes = random_text(secret_size);
    if (!bytes) return bytes.error();
    return std::string(secret_prefix) + hexadecimal(*bytes);
}

bool TokenKey::equal(std::string_view left, std::string_view right) noexcept {
    return left.size() == right.size() && ::CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

}  // namespace potd::api
