// Log files: potmon writes them, but what is in them after a crash, or by a stranger's hand, is any bytes.

#include "daemon/platform/posix/log_entry.hpp"
#include "daemon/platform/posix/log_scan.hpp"
#include "tests/fuzz/target.hpp"
#include "tests/support/temp_dir.hpp"

#include <filesystem>
#include <fstream>

namespace potd::fuzz {
namespace {

void scan(const std::string& directory, const core::LogQuery& query) {
    platform::LogScan log(directory, query);
    while (true) {
        const auto batch = log.read(true);
        if (!batch || batch->end) return;
    }
}

}  // namespace

void read_logs(std::string_view input) {
    (void)platform::to_line(platform::parse_log_entry(input.substr(0, input.find('\n'))));
    const test::TempDir temp;
    std::ofstream(std::filesystem::path(temp.path()) / "current.log", std::ios::binary) << input;
    scan(temp.path(), {});
    core::LogQuery last;
    last.tail = 3;
    scan(temp.path(), last);
    for (const char* const time : {"9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z"}) {
        core::LogQuery since;
        since.since = core::parse_time(time).value();
        scan(temp.path(), since);
    }
}

}  // namespace potd::fuzz
