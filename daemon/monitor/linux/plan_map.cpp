#include "daemon/monitor/linux/plan_map.hpp"

#include "daemon/monitor/linux/raw_call.hpp"
#include "daemon/monitor/sys.hpp"

#include <sys/mman.h>

namespace potd::monitor {

PlanMap::PlanMap(int fd) {
    const std::int64_t size = sys::file_size(fd);
    if (size <= 0 || size > static_cast<std::int64_t>(platform::max_plan_size)) return;
    const long start = raw_call(SYS_mmap, nullptr, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
    if (start < 0) return;
    start_ = reinterpret_cast<void*>(start);
    size_ = static_cast<std::size_t>(size);
    ok_ = platform::read_plan({static_cast<const std::byte*>(start_), size_}, plan_);
}

PlanMap::~PlanMap() {
    unmap();
}

void PlanMap::unmap() {
    if (start_ != nullptr) raw_call(SYS_munmap, start_, size_);
    start_ = nullptr;
    ok_ = false;
    plan_ = {};
}

}  // namespace potd::monitor
