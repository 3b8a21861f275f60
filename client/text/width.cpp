#include "client/text/width.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>

namespace potd::client {
namespace {

struct Range {
    char32_t first, last;
};

constexpr std::array zero_width = {
    Range{0x0300, 0x036F},   Range{0x0483, 0x0489}, Range{0x0591, 0x05BD}, Range{0x0610, 0x061A},
    Range{0x064B, 0x065F},   Range{0x1AB0, 0x1AFF}, Range{0x1DC0, 0x1DFF}, Range{0x200B, 0x200F},
    Range{0x20D0, 0x20FF},   Range{0xFE00, 0xFE0F}, Range{0xFE20, 0xFE2F}, Range{0xFEFF, 0xFEFF},
    Range{0xE0100, 0xE01EF},
};
constexpr std::array double_width = {
    Range{0x1100, 0x115F},   Range{0x2E80, 0x303E},   Range{0x3041, 0x33FF},   Range{0x3400, 0x4DBF},
    Range{0x4E00, 0x9FFF},   Range{0xA000, 0xA4CF},   Range{0xA960, 0xA97F},   Range{0xAC00, 0xD7A3},
    Range{0xF900, 0xFAFF},   Range{0xFE30, 0xFE6F},   Range{0xFF00, 0xFF60},   Range{0xFFE0, 0xFFE6},
    Range{0x1F300, 0x1F64F}, Range{0x1F680, 0x1F6FF}, Range{0x1F900, 0x1F9FF}, Range{0x20000, 0x3FFFD},
};

template <std::size_t N>
bool within(const std::array<Range, N>& ranges, char32_t code) noexcept {
    const auto* found =
        std::upper_bound(ranges.begin(), ranges.end(), code,
                         [](char32_t value, const Range& range) { return value < range.first; });
    return found != ranges.begin() && code <= std::prev(found)->last;
}

/// Bytes a lead byte announces; 0 for one that cannot begin a character.
std::size_t sequence_length(unsigned char lead) noexcept {
    if (lead < 0x80) return 1;
    if (lead >= 0xC2 && lead <= 0xDF) return 2;
    if (lead >= 0xE0 && lead <= 0xEF) return 3;
    if (lead >= 0xF0 && lead <= 0xF4) return 4;
    return 0;
}

bool is_scalar(char32_t code, std::size_t bytes) noexcept {
    constexpr std::array<char32_t, 5> smallest = {0, 0, 0x80, 0x800, 0x10000};
    return code >= smallest[bytes] && code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF);
}

void append_hex(std::string& out, char32_t value) {
    std::array<char, 8> digits{};
    const auto end =
        std::to_chars(digits.data(), digits.data() + digits.size(), static_cast<unsigned>(value), 16);
    if (end.ptr - digits.data() == 1) out += '0';
    out.append(digits.data(), end.ptr);
}

void append_escaped(std::string& out, const Character& character) {
    if (character.valid && character.code == '\n') {
        out += "\\n";
    } else if (character.valid && character.code == '\t') {
        out += "\\t";
    } else if (!character.valid || character.code < 0x80) {
        out += "\\x";
        append_hex(out, character.code);
    } else {
        out += "\\u{";
        append_hex(out, character.code);
        out += '}';
    }
}

/// Of a "\x1b[1;31m" at the beginning; 0 if there is none.
std::size_t colour_length(std::string_view text) noexcept {
    if (!text.starts_with("\x1b[")) return 0;
    const std::size_t end = text.find_first_not_of("0123456789;", 2);
    return end != text.npos && text[end] == 'm' ? end + 1 : 0;
}

std::string_view take_character(std::string_view& text) noexcept {
    const std::string_view one = text.substr(0, first_character(text).bytes);
    text.remove_prefix(one.size());
    return one;
}

void append_harmless(std::string& out, std::string_view one) {
    const Character character = first_character(one);
    if (!character.valid || is_control(character.code)) {
        append_escaped(out, character);
    } else {
        out += one;
    }
}

}  // namespace

Character first_character(std::string_view text) noexcept {
    const auto lead = static_cast<unsigned char>(text.front());
    const std::size_t length = sequence_length(lead);
    const Character malformed{lead, 1, false};
    if (length == 0 || length > text.size()) return malformed;
    if (length == 1) return {lead, 1, true};
    char32_t code = lead & (0x7FU >> length);
    for (std::size_t i = 1; i < length; ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if ((byte & 0xC0U) != 0x80) return malformed;
        code = (code << 6U) | (byte & 0x3FU);
    }
    return is_scalar(code, length) ? Character{code, length, true} : malformed;
}

int cell_width(char32_t code) noexcept {
    if (code < 0x300) return 1;
    if (within(zero_width, code)) return 0;
    return within(double_width, code) ? 2 : 1;
}

std::size_t display_width(std::string_view text) noexcept {
    std::size_t cells = 0;
    while (!text.empty()) {
        const Character character = first_character(text);
        cells += static_cast<std::size_t>(cell_width(character.code));
        text.remove_prefix(character.bytes);
    }
    return cells;
}

std::string fit(std::string_view text, std::size_t cells) {
    if (display_width(text) <= cells) return std::string(text);
    if (cells == 0) return {};
    std::string out;
    for (std::size_t used = 0; !text.empty();) {
        const Character character = first_character(text);
        used += static_cast<std::size_t>(cell_width(character.code));
        if (used > cells - 1) break;
        out += text.substr(0, character.bytes);
        text.remove_prefix(character.bytes);
    }
    return out + "…";
}

bool is_control(char32_t code) noexcept {
    return code < 0x20 || (code >= 0x7F && code < 0xA0) || (code >= 0x200E && code <= 0x200F) ||
           (code >= 0x2028 && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
}

std::string harmless(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) append_harmless(out, take_character(text));
    return out;
}

std::string harmless_line(std::string_view text) {
    const bool returns = text.ends_with('\r');
    if (returns) text.remove_suffix(1);
    std::string out;
    out.reserve(text.size());
    bool coloured = false;
    while (!text.empty()) {
        const std::size_t colour = colour_length(text);
        coloured = coloured || colour != 0;
        out += text.substr(0, colour);
        text.remove_prefix(colour);
        if (colour != 0) continue;
        const std::string_view one = take_character(text);
        if (one == "\t") {
            out += one;
        } else {
            append_harmless(out, one);
        }
    }
    return out + (coloured ? "\x1b[0m" : "") + (returns ? "\r" : "");
}

}  // namespace potd::client
