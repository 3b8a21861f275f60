#pragma once

#include "client/base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace potd::client {

/// Milliseconds since 1970 of an RFC 3339 time ("2026-01-31T12:00:00.000Z", offsets allowed).
[[nodiscard]] Result<std::int64_t> parse_time(std::string_view text);

/// RFC 3339, UTC, milliseconds.
[[nodiscard]] std::string format_time(std::int64_t ms);

/// "10s", "100ms", "1m30s", "2h", "7d" in milliseconds; a bare number is refused.
[[nodiscard]] Result<std::int64_t> parse_duration(std::string_view text);

/// For people, two units at most: "5s", "3m12s", "4h", "2d3h"; negative counts as zero.
[[nodiscard]] std::string format_age(std::int64_t ms);

/// For people, powers of 1024, three digits: "812K", "1.5G", "0".
[[nodiscard]] std::string format_bytes(std::int64_t bytes);

/// `value` with one decimal place.
[[nodiscard]] std::string format_tenths(double value);

/// The machine's clock, milliseconds since 1970.
[[nodiscard]] std::int64_t now_ms();

/// A point in the past as users give it to --since: a time, or a duration counted back from `now`.
/// The result is RFC 3339.
[[nodiscard]] Result<std::string> parse_since(std::string_view text, std::int64_t now);

}  // namespace potd::client
