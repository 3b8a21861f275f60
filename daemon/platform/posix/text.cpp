#include "daemon/platform/posix/text.hpp"

#include "daemon/platform/posix/file.hpp"

#include <charconv>

namespace potd::platform {

std::vector<std::string_view> split_blanks(std::string_view text) {
    constexpr std::string_view blanks = " \t\r\n";
    std::vector<std::string_view> parts;
    std::size_t at = text.find_first_not_of(blanks);
    while (at != std::string_view::npos) {
        const std::size_t end = text.find_first_of(blanks, at);
        parts.push_back(text.substr(at, end - at));
        at = text.find_first_not_of(blanks, end);
    }
    return parts;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    while (!text.empty()) {
        const std::size_t end = text.find(separator);
        parts.push_back(text.substr(0, end));
        if (end == std::string_view::npos) break;
        text.remove_prefix(end + 1);
    }
    return parts;
}

std::optional<std::int64_t> parse_number(std::string_view text) {
    text = trimmed(text);
    std::int64_t number = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

std::optional<std::int64_t> parse_count(std::string_view text) {
    const auto number = parse_number(text);
    return number && *number >= 0 ? number : std::nullopt;
}

std::optional<std::int64_t> keyed_number(std::string_view text, std::string_view key) {
    for (const auto line : split(text, '\n')) {
        const auto words = split_blanks(line);
        if (words.size() >= 2 && words[0] == key) return parse_count(words[1]);
    }
    return std::nullopt;
}

}  // namespace potd::platform
