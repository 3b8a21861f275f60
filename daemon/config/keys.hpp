#pragma once

#include "core/base/result.hpp"
#include "daemon/config/config.hpp"

#include <span>
#include <string_view>

namespace potd::config {

/// One key of potd.yaml.
struct Key {
    std::string_view path;      ///< dotted: "api.max_body"
    std::string_view expected;  ///< for messages: "a size such as 16M, from 1K to 1G"
    /// Takes the value over; false if it is not what is expected.
    bool (*apply)(Config& config, std::string_view value);
};

/// Every key there is.
[[nodiscard]] std::span<const Key> keys();

/// nullptr if there is none.
[[nodiscard]] const Key* find_key(std::string_view path);

/// Applies one value that came from elsewhere than the file, such as an option. The error says
/// `path`, the value and what was expected.
[[nodiscard]] core::Status apply_key(Config& config, std::string_view path, std::string_view value);

}  // namespace potd::config
