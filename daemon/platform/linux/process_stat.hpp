#pragma once

#include "core/base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace potd::platform {

/// What proc_pid_stat(5) tells about one process.
struct ProcessStat {
    std::string name;  ///< comm, without the parentheses
    char state = '?';
    std::int32_t parent = 0;
    std::uint64_t cpu_ticks = 0;   ///< utime + stime
    std::uint64_t start_time = 0;  ///< field 22, clock ticks since boot
    std::int64_t resident_pages = 0;
};

/// Parses one line; the name may hold blanks and parentheses.
[[nodiscard]] core::Result<ProcessStat> parse_process_stat(std::string_view line);

/// NotFound if there is no such process.
[[nodiscard]] core::Result<ProcessStat> read_process_stat(std::int32_t pid,
                                                          const std::string& proc = "/proc");

}  // namespace potd::platform
