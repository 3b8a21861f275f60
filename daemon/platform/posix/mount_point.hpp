#pragma once

#include <string>

namespace potd::platform {

/// Whether something is mounted on this very directory. Per system; cheap.
[[nodiscard]] bool is_mount_point(const std::string& path);

}  // namespace potd::platform
