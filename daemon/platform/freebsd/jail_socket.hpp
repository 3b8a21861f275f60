#pragma once

#include "core/base/result.hpp"
#include "core/model/ids.hpp"
#include "daemon/platform/posix/unique_fd.hpp"

namespace potd::platform {

/// A socket for datagrams in the network stack of the jail that a process is in: what is asked of it is about
/// the interfaces there. By a child that goes in, which takes about a millisecond. Any thread.
[[nodiscard]] core::Result<UniqueFd> datagram_socket_in(const core::ProcessIdentity& process, int family);

}  // namespace potd::platform
