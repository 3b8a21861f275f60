#pragma once

#include "core/base/result.hpp"
#include "core/model/connection.hpp"

#include <vector>

namespace potd::platform {

/// Conflict with the field ("ports[1].host") for the first port of the host that a socket of the host's own
/// network stack has already: of TCP one that listens, of UDP any. Names the process. Leaves out what has no
/// `count`, and SCTP.
[[nodiscard]] core::Status check_ports_are_free(const std::vector<core::PortForward>& ports);

}  // namespace potd::platform
