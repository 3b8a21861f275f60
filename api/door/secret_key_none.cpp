// For a build without OpenSSL.
#include "api/door/secret_key.hpp"

namespace potd::api {
namespace {

core::Error no_cipher(const std::filesystem::path& file) {
    return core::error(core::ErrorKind::Unsupported,
                       "env_secret: this build of potd is without OpenSSL, and uses no key " + file.string());
}

}  // namespace

core::Status SecretKey::ready(bool /*may_make*/) {
    return no_cipher(file_);
}

core::Result<std::string> SecretKey::seal(std::string_view /*context*/, std::string_view /*text*/) {
    return no_cipher(file_);
}

core::Result<std::string> SecretKey::open(std::string_view /*context*/, std::string_view /*sealed*/) {
    return no_cipher(file_);
}

std::size_t SecretKey::length_of(std::string_view /*sealed*/) const {
    return 0;
}

}  // namespace potd::api
