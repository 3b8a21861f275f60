#include "api/http/request.hpp"

#include <algorithm>

namespace potd::api {
namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

std::string_view trim(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

/// The part of `rest` before `mark`; `rest` becomes what follows it.
std::string_view take_until(std::string_view& rest, char mark) {
    const auto end = rest.find(mark);
    const std::string_view part = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    return part;
}

/// How closely a range is about the type: 0 if not at all.
int closeness(std::string_view range, std::string_view type) {
    if (equal_ignoring_case(range, type)) return 3;
    if (range == "*/*") return 1;
    const bool covers =
        range.ends_with("/*") && type.size() >= range.size() &&
        equal_ignoring_case(range.substr(0, range.size() - 1), type.substr(0, range.size() - 1));
    return covers ? 2 : 0;
}

bool is_forbidden(std::string_view parameters) {
    while (!parameters.empty()) {
        std::string_view value = trim(take_until(parameters, ';'));
        const std::string_view name = take_until(value, '=');
        if (equal_ignoring_case(trim(name), "q") && !value.empty() &&
            value.find_first_not_of("0.") == std::string_view::npos)
            return true;
    }
    return false;
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    const char letter = lower(c);
    return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

}  // namespace

std::string_view to_string(Method method) noexcept {
    switch (method) {
        case Method::Get: return "GET";
        case Method::Head: return "HEAD";
        case Method::Post: return "POST";
        case Method::Put: return "PUT";
        case Method::Patch: return "PATCH";
        case Method::Delete: return "DELETE";
        case Method::Options: return "OPTIONS";
        case Method::Other: break;
    }
    return "";
}

std::optional<std::string_view> Request::header(std::string_view name) const {
    for (const Header& header : headers) {
        if (equal_ignoring_case(header.name, name)) return header.value;
    }
    return std::nullopt;
}

std::optional<std::string> Request::list(std::string_view name) const {
    std::optional<std::string> all;
    for (const Header& header : headers) {
        if (!equal_ignoring_case(header.name, name)) continue;
        if (all)
            all->append(", ").append(header.value);
        else
            all.emplace(header.value);
    }
    return all;
}

bool has_token(std::string_view list, std::string_view token) noexcept {
    while (!list.empty()) {
        if (equal_ignoring_case(trim(take_until(list, ',')), token)) return true;
    }
    return false;
}

bool equal_ignoring_case(std::string_view left, std::string_view right) noexcept {
    return left.size() == right.size() && std::equal(left.begin(), left.end(), right.begin(),
                                                     [](char a, char b) { return lower(a) == lower(b); });
}

bool accepts(std::string_view accept, std::string_view type) {
    bool accepted = false;
    int closest = 0;
    while (!accept.empty()) {
        std::string_view parameters = take_until(accept, ',');
        const int close = closeness(trim(take_until(parameters, ';')), type);
        if (close == 0 || close < closest) continue;
        accepted = !is_forbidden(parameters) || (close == closest && accepted);
        closest = close;
    }
    return accepted;
}

bool accepts_coding(std::string_view accept, std::string_view coding) {
    bool accepted = false;
    while (!accept.empty()) {
        std::string_view parameters = take_until(accept, ',');
        const std::string_view range = trim(take_until(parameters, ';'));
        if (equal_ignoring_case(range, coding)) return !is_forbidden(parameters);
        accepted = accepted || (range == "*" && !is_forbidden(parameters));
    }
    return accepted;
}

std::string_view media_type(std::string_view content_type) noexcept {
    return trim(content_type.substr(0, content_type.find(';')));
}

std::optional<std::string> percent_decode(std::string_view text) {
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            decoded += text[i];
            continue;
        }
        const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
        const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
        if (high < 0 || low < 0) return std::nullopt;
        decoded += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return decoded;
}

}  // namespace potd::api
