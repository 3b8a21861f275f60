#pragma once

#include "core/port/secret_box.hpp"

#include <cstddef>
#include <filesystem>
#include <string>
#include <utility>

namespace potd::api {

/// Seals with AES-256-GCM: a random nonce each, the context as associated data. The key is in a file, which
/// is read when it is needed first, by `ready`, and again when something does not open: the right one may be
/// back.
class SecretKey final : public core::SecretBox {
  public:
    explicit SecretKey(std::filesystem::path file) : file_(std::move(file)) {}

    [[nodiscard]] core::Status ready(bool may_make) override;
    [[nodiscard]] core::Result<std::string> seal(std::string_view context, std::string_view text) override;
    [[nodiscard]] core::Result<std::string> open(std::string_view context, std::string_view sealed) override;
    [[nodiscard]] std::size_t length_of(std::string_view sealed) const override;

  private:
    std::filesystem::path file_;
    std::string bytes_;  ///< empty until it was read
};

}  // namespace potd::api
