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

/// Unsupported where this kernel has no sockets of the protocol; a module that it would load for one counts.
[[nodiscard]] core::Status check_protocol_is_there(core::PublishedPort::Protocol protocol);

}  // namespace potd::platform
