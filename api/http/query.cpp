#include "api/http/query.hpp"

#include "api/http/request.hpp"

#include <algorithm>
#include <charconv>

namespace potd::api {
namespace {

/// In queries '+' is a blank (application/x-www-form-urlencoded); an offset in a time is sent as %2B.
std::optional<std::string> decode_part(std::string_view text) {
    std::string blanks(text);
    std::replace(blanks.begin(), blanks.end(), '+', ' ');
    return percent_decode(blanks);
}

}  // namespace

std::optional<Problem> Query::parse(std::string_view text, const std::vector<std::string>& allowed,
                                    Query& query) {
    query.items_.clear();
    while (!text.empty()) {
        const std::string_view part = text.substr(0, text.find('&'));
        text.remove_prefix(std::min(text.size(), part.size() + 1));
        if (part.empty()) continue;
        const auto mark = part.find('=');
        auto name = decode_part(part.substr(0, mark));
        auto value = decode_part(mark == std::string_view::npos ? std::string_view{} : part.substr(mark + 1));
        if (!name || !value)
            return Problem{
                400, "malformed", "query: a '%' must be followed by two hexadecimal digits", "query", {}};
        if (std::find(allowed.begin(), allowed.end(), *name) == allowed.end())
            return Problem{
                422, "unknown_parameter", "there is no query parameter '" + *name + "' here", *name, {}};
        if (query.text(*name))
            return to_problem(bad_field(*name, "the query parameter '" + *name + "' comes twice"));
        if (value->find('\0') != std::string::npos)
            return to_problem(bad_field(*name, *name + ": expected a text without NUL"));
        query.items_.emplace_back(std::move(*name), std::move(*value));
    }
    return std::nullopt;
}

std::optional<std::string_view> Query::text(std::string_view name) const {
    for (const auto& [key, value] : items_) {
        if (key == name) return value;
    }
    return std::nullopt;
}

core::Result<bool> Query::flag(std::string_view name) const {
    const auto value = text(name);
    if (!value || *value == "false" || *value == "0") return false;
    if (value->empty() || *value == "true" || *value == "1") return true;
    return core::invalid_field(name, *value, "true or false");
}

core::Result<std::optional<std::uint64_t>> Query::number(std::string_view name, std::uint64_t lowest,
                                                         std::uint64_t highest) const {
    const auto value = text(name);
    if (!value) return std::optional<std::uint64_t>{};
    std::uint64_t number = 0;
    const auto parsed = std::from_chars(value->data(), value->data() + value->size(), number);
    const bool whole = parsed.ec == std::errc{} && parsed.ptr == value->data() + value->size();
    if (!whole || number < lowest || number > highest) {
        return core::invalid_field(
            name, *value, "an integer from " + std::to_string(lowest) + " to " + std::to_string(highest));
    }
    return std::optional<std::uint64_t>{number};
}

core::Result<std::optional<core::WallTime>> Query::time(std::string_view name) const {
    constexpr std::size_t date_length = 11;  // with what stands between date and time
    const auto value = text(name);
    if (!value) return std::optional<core::WallTime>{};
    // A '+' in a query is a blank; in the offset of a time it was meant.
    std::string mended(*value);
    if (mended.size() > date_length) std::replace(mended.begin() + date_length, mended.end(), ' ', '+');
    const auto parsed = core::parse_time(mended);
    if (!parsed) return core::invalid_field(name, *value, "a time like 2026-01-31T12:00:00Z");
    return std::optional(*parsed);
}

core::Result<std::optional<core::milliseconds>> Query::duration(std::string_view name) const {
    const auto value = text(name);
    if (!value) return std::optional<core::milliseconds>{};
    const auto parsed = core::parse_duration(*value, name);
    if (!parsed) return parsed.error();
    return std::optional(*parsed);
}

}  // namespace potd::api
