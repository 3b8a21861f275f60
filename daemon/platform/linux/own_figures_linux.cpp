#include "daemon/platform/posix/own_figures.hpp"

#include <filesystem>
#include <fstream>
#include <system_error>

#include <unistd.h>

namespace potd::platform {

void read_own_figures(core::ProcessFigures& figures) {
    std::int64_t pages = 0, resident = 0;
    std::ifstream sizes("/proc/self/statm");
    if (sizes >> pages >> resident) {
        const std::int64_t page = ::getpagesize();
        figures.address_room = pages * page;
        figures.resident = resident * page;
    }
    std::error_code error;
    std::int64_t open = 0;
    std::filesystem::directory_iterator entry("/proc/self/fd", error);
    for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) ++open;
    // One of them is the directory that was read.
    if (!error && open > 0) figures.open_files = open - 1;
}

}  // namespace potd::platform
