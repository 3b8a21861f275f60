#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace potd::client {

/// A number like "1.5" or "2e3", whatever the locale; nothing if the text is not wholly one.
[[nodiscard]] std::optional<double> decimal(const std::string& text);
/// A whole number in digits, with a minus before it or not; nothing if the text is not wholly one.
[[nodiscard]] std::optional<std::int64_t> whole_number(std::string_view text);

}  // namespace potd::client
