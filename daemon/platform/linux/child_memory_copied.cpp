#include "daemon/platform/linux/child_memory.hpp"

namespace potd::platform {

int child_memory() noexcept {
    return 0;
}

}  // namespace potd::platform
