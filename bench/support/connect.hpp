#pragma once

#include "daemon/platform/posix/unique_fd.hpp"

#include <string>

namespace potd::bench {

/// A blocking stream connection to a unix socket. Throws std::system_error or, for a path that does not fit
/// into an address, std::runtime_error.
[[nodiscard]] platform::UniqueFd connect_to(const std::string& path);

}  // namespace potd::bench
