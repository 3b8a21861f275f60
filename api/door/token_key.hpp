#pragma once

#include "core/base/result.hpp"

#include <filesystem>
#include <string>
#include <string_view>

namespace potd::api {

/// The key by which secrets of tokens are hashed: whoever reads the database alone can neither use nor try
/// them.
class TokenKey {
  public:
    /// Reads the key of this file, which is root's alone; makes both if there is none.
    [[nodiscard]] static core::Result<TokenKey> open(const std::filesystem::path& file);
    explicit TokenKey(std::string bytes) : bytes_(std::move(bytes)) {}

    /// HMAC-SHA256, in hexadecimal digits; empty if that cannot be had, which is no token's.
    [[nodiscard]] std::string hash(std::string_view secret) const;
    /// "potd_" and 64 digits made of 256 random bits.
    [[nodiscard]] static core::Result<std::string> new_secret();
    /// Takes the same time whatever differs.
    [[nodiscard]] static bool equal(std::string_view left, std::string_view right) noexcept;

  private:
    std::string bytes_;
};

inline constexpr std::string_view secret_prefix = "potd_";

}  // namespace potd::api
