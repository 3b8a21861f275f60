#pragma once

#include "core/port/logs.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace potd::platform {

/// A line that is still not whole after so many bytes is taken as it is.
inline constexpr std::size_t longest_log_line = 1024UL * 1024;

/// One line of a log file as potmon writes it:
/// "<RFC 3339, UTC, nine digits of fraction>Z <stdout|stderr> <F|P> <run> <text>", P: the line goes on in
/// the stream's next entry.
struct LogEntry {
    bool readable = false;  ///< false: no such header; everything is `text`
    std::int64_t time_ns = 0;
    core::Stream stream = core::Stream::Stdout;
    bool partial = false;
    std::uint32_t run = 0;
    std::string_view text;  ///< points into the line
};

/// `line` without its newline.
[[nodiscard]] LogEntry parse_log_entry(std::string_view line);

/// Whether a query wants the entry. One without a readable header belongs to no run, time or stream: it is
/// wanted unless one of these is asked for (then also when stdout is asked for, which it is shown as).
[[nodiscard]] bool is_wanted(const LogEntry& entry, const core::LogQuery& query);

[[nodiscard]] core::LogLine to_line(const LogEntry& entry);

}  // namespace potd::platform
