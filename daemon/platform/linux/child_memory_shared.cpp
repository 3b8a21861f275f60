#include "daemon/platform/linux/child_memory.hpp"

#include <sched.h>

namespace potd::platform {

int child_memory() noexcept {
    return CLONE_VM;
}

}  // namespace potd::platform
