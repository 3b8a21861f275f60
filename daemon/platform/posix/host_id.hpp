#pragma once

#include <string>

namespace potd::platform {

/// What tells this machine from others and stays with it over boots: the system's own id of it, else its
/// name.
[[nodiscard]] std::string host_id();

}  // namespace potd::platform
