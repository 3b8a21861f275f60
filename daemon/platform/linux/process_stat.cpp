#include "daemon/platform/linux/process_stat.hpp"

#include "daemon/platform/linux/counter_directory.hpp"
#include "daemon/platform/posix/file.hpp"
#include "daemon/platform/posix/text.hpp"

#include <array>

namespace potd::platform {
namespace {

// Numbers of proc_pid_stat(5), counted from the state, which is field 3.
constexpr std::size_t parent_index = 1, utime_index = 11, stime_index = 12, start_index = 19, rss_index = 21;

}  // namespace

core::Result<ProcessStat> parse_process_stat(std::string_view line) {
    const std::size_t open = line.find('('), close = line.rfind(')');
    const auto bad = [] { return core::error(core::ErrorKind::Internal, "unreadable process status"); };
    if (open == std::string_view::npos || close == std::string_view::npos || close < open) return bad();
    std::array<std::string_view, rss_index + 1> fields;
    std::string_view rest = line.substr(close + 1);
    for (std::string_view& field : fields) field = take_word(rest);
    if (fields.back().empty() || fields.front().size() != 1) return bad();
    const auto number = [&](std::size_t index) { return parse_number(fields[index]).value_or(0); };
    ProcessStat stat;
    stat.name = line.substr(open + 1, close - open - 1);
    stat.state = fields[0][0];
    stat.parent = static_cast<std::int32_t>(number(parent_index));
    stat.cpu_ticks =
        static_cast<std::uint64_t>(number(utime_index)) + static_cast<std::uint64_t>(number(stime_index));
    stat.start_time = static_cast<std::uint64_t>(number(start_index));
    stat.resident_pages = number(rss_index);
    return stat;
}

core::Result<ProcessStat> read_process_stat(std::int32_t pid, const std::string& proc) {
    auto line = read_file(proc + "/" + std::to_string(pid) + "/stat");
    if (!line && line.error().os_error == 3) {  // ESRCH: it ended between open and read
        return core::error(core::ErrorKind::NotFound, "process " + std::to_string(pid) + " is gone");
    }
    if (!line) return line.error();
    return parse_process_stat(line.value());
}

}  // namespace potd::platform
