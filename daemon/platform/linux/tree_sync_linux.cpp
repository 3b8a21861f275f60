#include "daemon/platform/posix/tree_sync.hpp"

#include <cerrno>

#include <unistd.h>

namespace potd::platform {

core::Status bring_to_disk(int root) {
    if (::syncfs(root) != 0) return core::os_error(errno, "write to disk");
    return {};
}

}  // namespace potd::platform
