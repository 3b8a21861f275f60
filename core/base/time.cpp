#include "core/base/time.hpp"

#include <array>
#include <charconv>
#include <cstdio>

namespace potd::core {
namespace {

constexpr std::int64_t ms_per_day = 86'400'000;
constexpr std::int64_t longest_duration_ms = 366 * ms_per_day;

/// Reads digits from the front of `text`; nothing else moves.
bool take_number(std::string_view& text, std::int64_t& value, std::size_t exact_digits = 0) {
    std::size_t digits = 0;
    while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') ++digits;
    if (exact_digits != 0 && digits > exact_digits) digits = exact_digits;
    if (digits == 0 || (exact_digits != 0 && digits != exact_digits)) return false;
    const auto parsed = std::from_chars(text.data(), text.data() + digits, value);
    if (parsed.ec != std::errc{}) return false;
    text.remove_prefix(digits);
    return true;
}

bool take(std::string_view& text, std::string_view expected) {
    if (!text.starts_with(expected)) return false;
    text.remove_prefix(expected.size());
    return true;
}

bool take_fraction(std::string_view& text, std::int64_t& ms) {
    ms = 0;
    if (!take(text, ".")) return true;
    std::int64_t scale = 100;
    std::size_t digits = 0;
    while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
        ms += (text.front() - '0') * scale;
        scale /= 10;
        text.remove_prefix(1);
        ++digits;
    }
    return digits > 0;
}

bool take_offset(std::string_view& text, std::int64_t& offset_ms) {
    offset_ms = 0;
    if (take(text, "Z") || take(text, "z")) return true;
    const std::int64_t sign = text.starts_with("-") ? -1 : 1;
    std::int64_t hours = 0;
    std::int64_t minutes = 0;
    if (!take(text, "+") && !take(text, "-")) return false;
    if (!take_number(text, hours, 2) || !take(text, ":") || !take_number(text, minutes, 2)) return false;
    if (hours > 23 || minutes > 59) return false;
    offset_ms = sign * (hours * 3'600'000 + minutes * 60'000);
    return true;
}

struct Unit {
    std::string_view suffix;
    std::int64_t ms;
};
// "ms" before "m": the longer suffix is tried first.
constexpr std::array<Unit, 5> units{
    {{"ms", 1}, {"d", ms_per_day}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1000}}};

}  // namespace

std::string format_time(WallTime time) {
    using namespace std::chrono;
    const sys_time<milliseconds> point{milliseconds{time.ms}};
    const auto day = floor<days>(point);
    const year_month_day date{day};
    const hh_mm_ss<milliseconds> clock{point - day};
    std::array<char, 40> text{};
    const int length = std::snprintf(
        text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
        static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
        static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
    return {text.data(), static_cast<std::size_t>(length)};
}

Result<WallTime> parse_time(std::string_view text) {
    using namespace std::chrono;
    const std::string_view whole = text;
    const auto refuse = [&] { return invalid_field("time", whole, "RFC 3339, like 2026-01-31T12:00:00Z"); };
    std::int64_t y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0, fraction = 0, offset = 0;
    const bool date_ok = take_number(text, y, 4) && take(text, "-") && take_number(text, mo, 2) &&
                         take(text, "-") && take_number(text, d, 2);
    if (!date_ok || !(take(text, "T") || take(text, "t") || take(text, " "))) return refuse();
    const bool clock_ok = take_number(text, h, 2) && take(text, ":") && take_number(text, mi, 2) &&
                          take(text, ":") && take_number(text, s, 2) && take_fraction(text, fraction) &&
                          take_offset(text, offset);
    const year_month_day date{year{static_cast<int>(y)}, month{static_cast<unsigned>(mo)},
                              day{static_cast<unsigned>(d)}};
    if (!clock_ok || !text.empty() || !date.ok() || h > 23 || mi > 59 || s > 60) return refuse();
    const auto since_epoch = sys_days{date}.time_since_epoch() + hours{h} + minutes{mi} + seconds{s};
    return WallTime{duration_cast<milliseconds>(since_epoch).count() + fraction - offset};
}

Result<milliseconds> parse_duration(std::string_view text, std::string_view field) {
    const std::string_view whole = text;
    const auto refuse = [&] {
        return invalid_field(field, whole,
                             "a duration with unit, like 500ms, 10s, 1m30s or 2h, at most 366d");
    };
    std::int64_t total = 0;
    if (text.empty()) return refuse();
    while (!text.empty()) {
        std::int64_t number = 0;
        if (!take_number(text, number) || number > longest_duration_ms) return refuse();
        const Unit* unit = nullptr;
        for (const Unit& candidate : units) {
            if (take(text, candidate.suffix)) {
                unit = &candidate;
                break;
            }
        }
        if (unit == nullptr || number > longest_duration_ms / unit->ms) return refuse();
        total += number * unit->ms;
        if (total > longest_duration_ms) return refuse();
    }
    return milliseconds{total};
}

std::string format_duration(milliseconds duration) {
    std::int64_t rest = duration.count();
    if (rest == 0) return "0s";
    std::string text;
    for (const Unit& unit : {units[1], units[2], units[3], units[4], units[0]}) {
        const std::int64_t count = rest / unit.ms;
        rest %= unit.ms;
        if (count != 0) text += std::to_string(count) + std::string(unit.suffix);
    }
    return text;
}

}  // namespace potd::core
