#include "daemon/monitor/log_line.hpp"

#include "daemon/monitor/text.hpp"

#include <cstring>

namespace potd::monitor {

namespace {

void digits(char* out, std::int64_t value, int count) {
    for (int i = count - 1; i >= 0; --i) {
        out[i] = static_cast<char>('0' + value % 10);
        value /= 10;
    }
}

struct Date {
    std::int64_t year, month, day;
};

/// Howard Hinnant's civil_from_days: eras of 400 years counted from 0000-03-01.
Date civil_date(std::int64_t days) {
    days += 719'468;
    const std::int64_t era = (days >= 0 ? days : days - 146'096) / 146'097;
    const std::int64_t day_of_era = days - era * 146'097;
    const std::int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
    const std::int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const std::int64_t shifted_month = (5 * day_of_year + 2) / 153;
    const std::int64_t month = shifted_month + (shifted_month < 10 ? 3 : -9);
    return {year_of_era + era * 400 + (month <= 2 ? 1 : 0), month,
            day_of_year - (153 * shifted_month + 2) / 5 + 1};
}

}  // namespace

void format_time(std::int64_t wall_ns, char* out) {
    constexpr std::int64_t second = 1'000'000'000;
    constexpr std::int64_t day = 86'400;
    if (wall_ns < 0) wall_ns = 0;
    const std::int64_t seconds = wall_ns / second;
    const Date date = civil_date(seconds / day);
    std::memcpy(out, "0000-00-00T00:00:00.000000000Z", time_text_size);
    digits(out, date.year, 4);
    digits(out + 5, date.month, 2);
    digits(out + 8, date.day, 2);
    digits(out + 11, seconds % day / 3600, 2);
    digits(out + 14, seconds % 3600 / 60, 2);
    digits(out + 17, seconds % 60, 2);
    digits(out + 20, wall_ns % second, 9);
}

LinePrefix::LinePrefix(std::int64_t wall_ns, std::string_view stream, std::uint32_t run) {
    format_time(wall_ns, text_);
    char* out = text_ + time_text_size;
    *out++ = ' ';
    for (const char c : stream) *out++ = c;
    *out++ = ' ';
    flag_ = static_cast<std::size_t>(out - text_);
    *out++ = 'F';
    *out++ = ' ';
    out += format_number(run, out);
    *out++ = ' ';
    size_ = static_cast<std::size_t>(out - text_);
}

}  // namespace potd::monitor
