#include "client/text/figures.hpp"

#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <optional>

namespace potd::client {
namespace {

constexpr std::int64_t second = 1000;
constexpr std::int64_t minute = 60 * second;
constexpr std::int64_t hour = 60 * minute;
constexpr std::int64_t day = 24 * hour;
constexpr std::int64_t longest = 36'600 * day;

struct Unit {
    std::string_view name;
    std::int64_t ms;
};
constexpr std::array units = {Unit{"ms", 1}, Unit{"s", second}, Unit{"m", minute}, Unit{"h", hour},
                              Unit{"d", day}};

std::optional<std::int64_t> unit_ms(std::string_view name) {
    for (const auto& unit : units) {
        if (unit.name == name) return unit.ms;
    }
    return {};
}

/// Takes `digits` digits off the front.
std::optional<int> take(std::string_view& text, std::size_t digits) {
    int value = 0;
    if (text.size() < digits) return {};
    const auto end = std::from_chars(text.data(), text.data() + digits, value);
    if (end.ec != std::errc() || end.ptr != text.data() + digits || text.front() == '-') return {};
    text.remove_prefix(digits);
    return value;
}

bool skip(std::string_view& text, std::string_view any_of) {
    if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
    text.remove_prefix(1);
    return true;
}

std::optional<std::int64_t> take_date(std::string_view& text) {
    const auto year = take(text, 4);
    if (!year || !skip(text, "-")) return {};
    const auto month = take(text, 2);
    if (!month || !skip(text, "-")) return {};
    const auto mday = take(text, 2);
    if (!mday) return {};
    using namespace std::chrono;
    const year_month_day date{std::chrono::year{*year}, std::chrono::month{static_cast<unsigned>(*month)},
                              std::chrono::day{static_cast<unsigned>(*mday)}};
    if (!date.ok()) return {};
    return sys_days{date}.time_since_epoch().count() * day;
}

std::optional<std::int64_t> take_clock(std::string_view& text) {
    const auto hours = take(text, 2);
    if (!hours || *hours > 23 || !skip(text, ":")) return {};
    const auto minutes = take(text, 2);
    if (!minutes || *minutes > 59 || !skip(text, ":")) return {};
    const auto seconds = take(text, 2);
    if (!seconds || *seconds > 60) return {};
    std::int64_t ms = *hours * hour + *minutes * minute + *seconds * second;
    if (!skip(text, ".")) return ms;
    std::int64_t weight = 100;
    bool any = false;
    for (; !text.empty() && text.front() >= '0' && text.front() <= '9'; text.remove_prefix(1), weight /= 10) {
        ms += (text.front() - '0') * weight;
        any = true;
    }
    if (!any) return {};
    return ms;
}

std::optional<std::int64_t> take_offset(std::string_view& text) {
    if (skip(text, "Zz")) return 0;
    const bool west = !text.empty() && text.front() == '-';
    if (!skip(text, "+-")) return {};
    const auto hours = take(text, 2);
    if (!hours || !skip(text, ":")) return {};
    const auto minutes = take(text, 2);
    if (!minutes) return {};
    const std::int64_t offset = *hours * hour + *minutes * minute;
    return west ? -offset : offset;
}

void pad(std::string& out, std::int64_t value, std::size_t digits) {
    const std::string text = std::to_string(value);
    out.append(digits > text.size() ? digits - text.size() : 0, '0');
    out += text;
}

}  // namespace

Result<std::int64_t> parse_time(std::string_view text) {
    std::string_view rest = text;
    const auto date = take_date(rest);
    const auto separated = date && skip(rest, "Tt ");
    const auto clock = separated ? take_clock(rest) : std::nullopt;
    const auto offset = clock ? take_offset(rest) : std::nullopt;
    if (!offset || !rest.empty()) {
        return usage("'" + std::string(text) + "' is not a time", "for instance 2026-01-31T12:00:00Z");
    }
    return *date + *clock - *offset;
}

std::string format_time(std::int64_t ms) {
    using namespace std::chrono;
    const sys_time<milliseconds> point{milliseconds{ms}};
    const auto midnight = floor<days>(point);
    const year_month_day date{midnight};
    const std::int64_t in_day = (point - midnight).count();
    std::string out;
    pad(out, int{date.year()}, 4);
    out += '-';
    pad(out, unsigned{date.month()}, 2);
    out += '-';
    pad(out, unsigned{date.day()}, 2);
    out += 'T';
    pad(out, in_day / hour, 2);
    out += ':';
    pad(out, in_day / minute % 60, 2);
    out += ':';
    pad(out, in_day / second % 60, 2);
    out += '.';
    pad(out, in_day % second, 3);
    return out + 'Z';
}

Result<std::int64_t> parse_duration(std::string_view text) {
    const Failure wrong =
        usage("'" + std::string(text) + "' is not a duration", "for instance 10s, 500ms, 1m30s");
    std::int64_t total = 0;
    std::string_view rest = text;
    if (rest.empty()) return wrong;
    while (!rest.empty()) {
        std::int64_t count = 0;
        const auto end = std::from_chars(rest.data(), rest.data() + rest.size(), count);
        if (end.ec != std::errc() || count < 0 || count > longest || rest.front() == '-') return wrong;
        rest.remove_prefix(static_cast<std::size_t>(end.ptr - rest.data()));
        const std::size_t letters = std::min(rest.find_first_of("0123456789"), rest.size());
        const auto unit = unit_ms(rest.substr(0, letters));
        if (!unit || count > longest / *unit) return wrong;
        total += count * *unit;
        if (total > longest) return wrong;
        rest.remove_prefix(letters);
    }
    return total;
}

std::string format_age(std::int64_t ms) {
    if (ms < second) return "0s";
    constexpr std::array shown = {Unit{"d", day}, Unit{"h", hour}, Unit{"m", minute}, Unit{"s", second}};
    for (std::size_t i = 0; i < shown.size(); ++i) {
        if (ms < shown[i].ms) continue;
        std::string out = std::to_string(ms / shown[i].ms) + std::string(shown[i].name);
        if (i + 1 == shown.size()) return out;
        const std::int64_t rest = ms % shown[i].ms / shown[i + 1].ms;
        if (rest > 0) out += std::to_string(rest) + std::string(shown[i + 1].name);
        return out;
    }
    return "0s";
}

std::string format_tenths(double value) {
    std::array<char, 64> buffer{};
    const auto end =
        std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::fixed, 1);
    if (end.ec != std::errc()) return "-";
    return {buffer.data(), end.ptr};
}

std::string format_bytes(std::int64_t bytes) {
    constexpr std::string_view suffixes = "KMGTPE";
    if (bytes < 1024) return std::to_string(bytes);
    double value = static_cast<double>(bytes);
    std::size_t suffix = 0;
    for (value /= 1024; value >= 999.5 && suffix + 1 < suffixes.size(); ++suffix) value /= 1024;
    const std::string digits = value < 9.95 ? format_tenths(value) : std::to_string(std::lround(value));
    const bool whole = digits.ends_with(".0");
    return digits.substr(0, digits.size() - (whole ? 2 : 0)) + suffixes[suffix];
}

std::int64_t now_ms() {
    using namespace std::chrono;
    return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

Result<std::string> parse_since(std::string_view text, std::int64_t now) {
    if (const auto age = parse_duration(text)) return format_time(now - *age);
    const auto time = parse_time(text);
    if (time) return format_time(*time);
    return usage("'" + std::string(text) + "' is neither a time nor a duration",
                 "for instance 2026-01-31T12:00:00Z or 10m");
}

}  // namespace potd::client
