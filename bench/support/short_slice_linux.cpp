#include "bench/support/short_slice.hpp"

#include <cstdint>

#include <sys/syscall.h>
#include <unistd.h>

namespace potd::bench {
namespace {

/// struct sched_attr of the kernel, first version; glibc 2.36 has none.
struct SchedulerAttributes {
    std::uint32_t size;
    std::uint32_t policy;
    std::uint64_t flags;
    std::int32_t nice;
    std::uint32_t priority;
    std::uint64_t runtime;
    std::uint64_t deadline;
    std::uint64_t period;
};

}  // namespace

bool use_short_slice() {
    SchedulerAttributes attributes{};
    attributes.size = sizeof attributes;
    attributes.runtime = 100'000;  // nanoseconds
    return ::syscall(SYS_sched_setattr, 0, &attributes, 0) == 0;
}

}  // namespace potd::bench
