#include "core/model/names.hpp"

#include <algorithm>
#include <cstdint>

namespace potd::core {
namespace {

bool is_alnum(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// Length of the well-formed UTF-8 sequence at the front (RFC 3629), 0 if it is malformed.
std::size_t sequence_length(std::string_view bytes) {
    const auto at = [&](std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); };
    const std::uint8_t lead = at(0);
    if (lead < 0x80) return lead == 0 ? 0 : 1;
    const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || bytes.size() < length) return 0;
    for (std::size_t i = 1; i < length; ++i) {
        if ((at(i) & 0xC0U) != 0x80U) return 0;
    }
    const std::uint8_t second = at(1);
    const bool overlong = (lead == 0xE0 && second < 0xA0) || (lead == 0xF0 && second < 0x90);
    const bool surrogate = lead == 0xED && second >= 0xA0;
    const bool beyond = lead == 0xF4 && second >= 0x90;
    return overlong || surrogate || beyond ? 0 : length;
}

/// The name as an error may show it.
std::string printable(std::string_view name) {
    if (is_text(name)) return std::string(name);
    return name.find('\0') == std::string_view::npos ? "(not UTF-8)" : "(with a NUL)";
}

}  // namespace

Status check_name(std::string_view name, std::string_view field) {
    constexpr std::size_t longest = 63;
    const bool characters_ok = std::all_of(
        name.begin(), name.end(), [](char c) { return is_alnum(c) || c == '.' || c == '_' || c == '-'; });
    const bool all_digits = std::all_of(name.begin(), name.end(), is_digit);
    if (name.empty() || name.size() > longest || !characters_ok || name.front() == '.' ||
        name.front() == '-' || all_digits) {
        return invalid_field(field, printable(name),
                             "1 to 63 of [a-zA-Z0-9._-], no leading dot or dash, not digits alone");
    }
    return {};
}

Status check_env_name(std::string_view name, std::string_view field) {
    constexpr std::size_t longest = 255;
    const bool characters_ok =
        std::all_of(name.begin(), name.end(), [](char c) { return is_alnum(c) || c == '_'; });
    if (name.empty() || name.size() > longest || !characters_ok || is_digit(name.front())) {
        return invalid_field(field, printable(name), "a name of [A-Za-z_][A-Za-z0-9_]*");
    }
    return {};
}

bool is_text(std::string_view bytes) noexcept {
    while (!bytes.empty()) {
        const std::size_t length = sequence_length(bytes);
        if (length == 0) return false;
        bytes.remove_prefix(length);
    }
    return true;
}

}  // namespace potd::core
