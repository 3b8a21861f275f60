#include "daemon/platform/posix/loopback_socket.hpp"
#include "daemon/platform/posix/process_identity.hpp"

#include <cerrno>
#include <cstdlib>
#include <string>

#include <fcntl.h>
#include <sched.h>

namespace potd::platform {

core::Result<UniqueFd> connect_in(const core::ProcessIdentity& process, LoopbackPort where) {
    const UniqueFd own(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
    if (!own) return core::os_error(errno, "open potd's own network");
    const std::string path = "/proc/" + std::to_string(process.pid) + "/ns/net";
    const UniqueFd theirs(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!theirs) return core::os_error(errno, path);
    // The number may be another's by now; what was opened before this look is the right one's.
    if (!is_alive(process)) return core::error(core::ErrorKind::NotFound, "the run has ended");
    if (::setns(theirs.get(), CLONE_NEWNET) != 0) return core::os_error(errno, "enter the pot's network");
    auto socket = connect_here(where);
    // A thread that cannot come back must not do anything else.
    if (::setns(own.get(), CLONE_NEWNET) != 0) std::abort();
    return socket;
}

}  // namespace potd::platform
