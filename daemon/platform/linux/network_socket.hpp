#pragma once

#include "core/base/result.hpp"
#include "core/model/ids.hpp"
#include "daemon/platform/posix/unique_fd.hpp"

namespace potd::platform {

/// A non-blocking TCP socket in the network namespace of a process. The calling thread visits that
/// namespace and comes back. NotFound if the process has ended. Any thread.
[[nodiscard]] core::Result<UniqueFd> tcp_socket_in(const core::ProcessIdentity& process);

}  // namespace potd::platform
