#pragma once

#include "core/base/result.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace potd::core {

using std::chrono::milliseconds;

/// Calendar time, for records and users: milliseconds since 1970-01-01T00:00:00Z.
struct WallTime {
    std::int64_t ms = 0;
    friend auto operator<=>(const WallTime&, const WallTime&) = default;
};

/// Time that never jumps, for deadlines: milliseconds since an arbitrary start (the machine's boot).
struct SteadyTime {
    std::int64_t ms = 0;
    friend auto operator<=>(const SteadyTime&, const SteadyTime&) = default;  // NOLINT: version 14 errs
    [[nodiscard]] SteadyTime plus(milliseconds delay) const { return {ms + delay.count()}; }
};

/// RFC 3339, UTC, milliseconds: "2026-01-31T12:00:00.000Z".
[[nodiscard]] std::string format_time(WallTime time);

/// Accepts RFC 3339 with 'Z' or a numeric offset and any number of fraction digits.
[[nodiscard]] Result<WallTime> parse_time(std::string_view text);

/// "10s", "100ms", "1m30s", "2h"; a bare number is refused so that units are never guessed.
/// Range 0 to 366 days. `field` goes into the error.
[[nodiscard]] Result<milliseconds> parse_duration(std::string_view text, std::string_view field);

/// The shortest form that parse_duration reads back to the same value: "90s" -> "1m30s".
[[nodiscard]] std::string format_duration(milliseconds duration);

}  // namespace potd::core
