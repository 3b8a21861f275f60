#pragma once

#include "core/base/result.hpp"
#include "core/model/ids.hpp"
#include "daemon/platform/posix/unique_fd.hpp"

#include <cstdint>
#include <string>

namespace potd::platform {

/// A TCP port at the loopback address of a network: 127.0.0.1 or ::1.
struct LoopbackPort {
    int family = 0;  ///< AF_INET, AF_INET6
    std::uint16_t port = 0;
};

/// "127.0.0.1:80", "[::1]:80"
[[nodiscard]] std::string to_text(LoopbackPort where);

/// Begins to connect a non-blocking socket; 0 or errno. Only system calls.
[[nodiscard]] int begin_connect(int socket, LoopbackPort where);

/// A non-blocking TCP socket on its way to a port of the network the caller is in.
[[nodiscard]] core::Result<UniqueFd> connect_here(LoopbackPort where);

/// The same in the network of a process: it can be written to when it is there, or has failed. NotFound if
/// the process has ended. Any thread, may block for a moment. On Linux the calling thread visits the network
/// namespace; on FreeBSD a child enters the jail, since jail_attach(2) has no way back, and connects there,
/// since the kernel asks who connects, not whose socket it is, what loopback means.
[[nodiscard]] core::Result<UniqueFd> connect_in(const core::ProcessIdentity& process, LoopbackPort where);

}  // namespace potd::platform
