#include "daemon/platform/posix/log_entry.hpp"

#include <charconv>
#include <chrono>

namespace potd::platform {
namespace {

constexpr std::int64_t ns_per_ms = 1'000'000;
constexpr std::int64_t ns_per_second = 1'000'000'000;
constexpr std::string_view stamp_pattern = "0000-00-00T00:00:00.000000000Z";

/// The digits [at, at + size), known to be digits.
std::int64_t number(std::string_view text, std::size_t at, std::size_t size) {
    std::int64_t value = 0;
    for (const char c : text.substr(at, size)) value = value * 10 + (c - '0');
    return value;
}

bool has_pattern(std::string_view text) {
    for (std::size_t i = 0; i < stamp_pattern.size(); ++i) {
        const bool digit = text[i] >= '0' && text[i] <= '9';
        if (stamp_pattern[i] == '0' ? !digit : text[i] != stamp_pattern[i]) return false;
    }
    return true;
}

bool take_time(std::string_view& rest, std::int64_t& time_ns) {
    using namespace std::chrono;
    if (rest.size() < stamp_pattern.size() || !has_pattern(rest)) return false;
    const year_month_day date{year{static_cast<int>(number(rest, 0, 4))},
                              month{static_cast<unsigned>(number(rest, 5, 2))},
                              day{static_cast<unsigned>(number(rest, 8, 2))}};
    if (!date.ok()) return false;
    const auto clock =
        hours{number(rest, 11, 2)} + minutes{number(rest, 14, 2)} + seconds{number(rest, 17, 2)};
    const seconds whole = sys_days{date}.time_since_epoch() + clock;
    // Nanoseconds in 64 bits begin in the year 1677 and end in 2262.
    constexpr std::int64_t furthest = 9'223'372'035;
    if (whole.count() > furthest || whole.count() < -furthest) return false;
    time_ns = whole.count() * ns_per_second + number(rest, 20, 9);
    rest.remove_prefix(stamp_pattern.size());
    return true;
}

bool take(std::string_view& rest, std::string_view expected) {
    if (!rest.starts_with(expected)) return false;
    rest.remove_prefix(expected.size());
    return true;
}

bool take_stream(std::string_view& rest, core::Stream& stream) {
    stream = core::Stream::Stdout;
    if (take(rest, " stdout ")) return true;
    stream = core::Stream::Stderr;
    return take(rest, " stderr ");
}

bool take_run(std::string_view& rest, std::uint32_t& run) {
    const auto parsed = std::from_chars(rest.data(), rest.data() + rest.size(), run);
    if (parsed.ec != std::errc{}) return false;
    rest.remove_prefix(static_cast<std::size_t>(parsed.ptr - rest.data()));
    return take(rest, " ");
}

/// Rounded down, also before 1970. A time in milliseconds may be too far off for one in nanoseconds.
std::int64_t whole_ms(std::int64_t time_ns) {
    return time_ns / ns_per_ms - (time_ns % ns_per_ms < 0 ? 1 : 0);
}

}  // namespace

LogEntry parse_log_entry(std::string_view line) {
    LogEntry entry;
    std::string_view rest = line;
    bool good = take_time(rest, entry.time_ns) && take_stream(rest, entry.stream);
    if (good) {
        entry.partial = take(rest, "P ");
        good = (entry.partial || take(rest, "F ")) && take_run(rest, entry.run);
    }
    if (!good) entry = LogEntry{};
    entry.readable = good;
    entry.text = good ? rest : line;
    return entry;
}

bool is_wanted(const LogEntry& entry, const core::LogQuery& query) {
    if (query.stream && *query.stream != entry.stream) return false;
    if (!entry.readable) return !query.since && query.run == 0;
    if (query.since && core::WallTime{whole_ms(entry.time_ns)} < *query.since) return false;
    return query.run == 0 || query.run == entry.run;
}

core::LogLine to_line(const LogEntry& entry) {
    return {entry.time_ns, entry.stream, entry.partial, std::string(entry.text)};
}

}  // namespace potd::platform
