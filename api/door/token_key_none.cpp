// For a build without OpenSSL.
#include "api/door/token_key.hpp"

namespace potd::api {
namespace {

core::Error no_openssl() {
    return core::error(core::ErrorKind::Unsupported, "tokens: this build of potd is without OpenSSL");
}

}  // namespace

core::Result<TokenKey> TokenKey::open(const std::filesystem::path& /*file*/) {
    return TokenKey(std::string());
}

std::string TokenKey::hash(std::string_view /*secret*/) const {
    return {};
}

core::Result<std::string> TokenKey::new_secret() {
    return no_openssl();
}

bool TokenKey::equal(std::string_view /*left*/, std::string_view /*right*/) noexcept {
    return false;
}

}  // namespace potd::api
