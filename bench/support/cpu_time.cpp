#include "bench/support/cpu_time.hpp"

#include <ctime>
#include <numeric>
#include <stdexcept>
#include <string>

namespace potd::bench {

double cpu_ms(pid_t pid) {
    clockid_t clock{};
    timespec used{};
    if (::clock_getcpuclockid(pid, &clock) != 0 || ::clock_gettime(clock, &used) != 0)
        throw std::runtime_error("process " + std::to_string(pid) + " is gone");
    return static_cast<double>(used.tv_sec) * 1e3 + static_cast<double>(used.tv_nsec) / 1e6;
}

double cpu_ms(const std::vector<pid_t>& pids) {
    return std::accumulate(pids.begin(), pids.end(), 0.0,
                           [](double sum, pid_t pid) { return sum + cpu_ms(pid); });
}

}  // namespace potd::bench
