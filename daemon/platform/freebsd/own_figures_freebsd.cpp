#include "daemon/platform/posix/own_figures.hpp"

#include <array>

#include <sys/param.h>
// after sys/param.h
#include <sys/sysctl.h>
#include <sys/user.h>
#include <unistd.h>

namespace potd::platform {

void read_own_figures(core::ProcessFigures& figures) {
    std::array<int, 4> of_process{CTL_KERN, KERN_PROC, KERN_PROC_PID, ::getpid()};
    kinfo_proc process{};
    std::size_t size = sizeof process;
    if (::sysctl(of_process.data(), of_process.size(), &process, &size, nullptr, 0) == 0) {
        figures.resident = static_cast<std::int64_t>(process.ki_rssize) * ::getpagesize();
        figures.address_room = static_cast<std::int64_t>(process.ki_size);
    }
    std::array<int, 4> of_files{CTL_KERN, KERN_PROC, KERN_PROC_NFDS, 0};
    int open = 0;
    size = sizeof open;
    if (::sysctl(of_files.data(), of_files.size(), &open, &size, nullptr, 0) == 0) figures.open_files = open;
}

}  // namespace potd::platform
