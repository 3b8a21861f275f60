#pragma once

#include "core/base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace potd::core {

/// Sizes on input: "268435456", "256M", "1.5G"; suffixes b k m g t in either case, powers of 1024,
/// optionally followed by "iB" or "B". Result in bytes, at most 2^63-1. `field` goes into the error.
[[nodiscard]] Result<std::int64_t> parse_bytes(std::string_view text, std::string_view field);

/// For people: "256M", "1.5G", "812K".
[[nodiscard]] std::string format_bytes(std::int64_t bytes);

}  // namespace potd::core
