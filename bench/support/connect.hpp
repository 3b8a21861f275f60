#pragma once

#include "daemon/platform/posix/unique_fd.hpp"

#include <cstdint>
#include <string>

namespace potd::bench {

/// A blocking stream connection to a unix socket. Throws std::system_error or, for a path that does not fit
/// into an address, std::runtime_error.
[[nodiscard]] platform::UniqueFd connect_to(const std::string& path);

/// The same to a port of 127.0.0.1.
[[nodiscard]] platform::UniqueFd connect_to_port(std::uint16_t port);

}  // namespace potd::bench
