#include "daemon/platform/posix/own_figures.hpp"

#include <sys/resource.h>
#include <sys/time.h>

namespace potd::platform {
namespace {

std::int64_t microseconds_of(const timeval& time) {
    constexpr std::int64_t second = 1'000'000;
    return static_cast<std::int64_t>(time.tv_sec) * second + static_cast<std::int64_t>(time.tv_usec);
}

}  // namespace

core::ProcessFigures own_figures() {
    core::ProcessFigures figures;
    rusage used{};
    if (::getrusage(RUSAGE_SELF, &used) == 0)
        figures.cpu_us = microseconds_of(used.ru_utime) + microseconds_of(used.ru_stime);
    rlimit files{};
    if (::getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur != RLIM_INFINITY)
        figures.most_files = static_cast<std::int64_t>(files.rlim_cur);
    read_own_figures(figures);
    return figures;
}

}  // namespace potd::platform
