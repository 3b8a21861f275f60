#pragma once

#include "core/base/result.hpp"
#include "core/model/connection.hpp"

#include <string>
#include <vector>

namespace potd::platform {

/// Conflict with the field ("ports[1].host") for the first port of the host that a socket of the calling
/// thread's network has already: of TCP and SCTP one that listens, of UDP any. Names the process where /proc
/// shows it. Leaves out what has no `count`.
[[nodiscard]] core::Status check_ports_are_free(const std::vector<core::PortForward>& ports);

}  // namespace potd::platform
