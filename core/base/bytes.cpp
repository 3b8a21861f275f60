#include "core/base/bytes.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <optional>

namespace potd::core {
namespace {

/// 2^(10*power) for a suffix letter, 0 if it is none.
std::int64_t multiplier(char letter) {
    constexpr std::string_view letters = "bkmgtp";
    const char lower = static_cast<char>(letter | 0x20);
    const auto power = letters.find(lower);
    return power == std::string_view::npos ? 0 : std::int64_t{1} << (10 * power);
}

struct Decimal {
    double value;
    std::string_view rest;  ///< what follows the number
};

/// Digits, and a fraction behind a point. By hand: libc++ has from_chars for whole numbers only before 20.
std::optional<Decimal> read_decimal(std::string_view text) {
    std::uint64_t whole = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), whole);
    if (error != std::errc{}) return std::nullopt;
    Decimal number{static_cast<double>(whole), text.substr(static_cast<std::size_t>(end - text.data()))};
    if (!number.rest.starts_with('.')) return number;
    number.rest.remove_prefix(1);
    double place = 0.1;
    while (!number.rest.empty() && number.rest.front() >= '0' && number.rest.front() <= '9') {
        number.value += place * (number.rest.front() - '0');
        number.rest.remove_prefix(1);
        place /= 10;
    }
    return number;
}

}  // namespace

Result<std::int64_t> parse_bytes(std::string_view text, std::string_view field) {
    const auto refuse = [&] {
        return invalid_field(field, text, "a size in bytes, like 268435456, 256M or 1.5G");
    };
    const std::optional<Decimal> number = read_decimal(text);
    if (!number) return refuse();
    const std::string_view suffix = number->rest;
    std::int64_t unit = 1;
    if (!suffix.empty()) {
        unit = multiplier(suffix.front());
        const std::string_view tail = suffix.substr(1);
        const bool tail_ok = tail.empty() || (unit > 1 && (tail == "iB" || tail == "B"));
        if (unit == 0 || !tail_ok) return refuse();
    } else {
        // Whole bytes are read as an integer: a double would round above 2^53.
        std::int64_t whole = 0;
        const auto exact = std::from_chars(text.data(), text.data() + text.size(), whole);
        if (exact.ec != std::errc{} || exact.ptr != text.data() + text.size()) return refuse();
        return whole;
    }
    const double bytes = number->value * static_cast<double>(unit);
    if (bytes >= static_cast<double>(std::numeric_limits<std::int64_t>::max())) return refuse();
    return static_cast<std::int64_t>(std::llround(bytes));
}

std::string format_bytes(std::int64_t bytes) {
    constexpr std::string_view letters = "BKMGTP";
    double value = static_cast<double>(bytes);
    std::size_t power = 0;
    while (value >= 1024 && power + 1 < letters.size()) {
        value /= 1024;
        ++power;
    }
    std::array<char, 32> text{};
    const bool whole = value >= 100 || value == std::floor(value);
    const int length =
        std::snprintf(text.data(), text.size(), whole ? "%.0f%c" : "%.1f%c", value, letters[power]);
    return {text.data(), static_cast<std::size_t>(length)};
}

}  // namespace potd::core
