#include "daemon/platform/posix/unix_socket.hpp"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>

namespace potd::platform {
namespace {

/// A path too long for sun_path is reached through a descriptor of its directory.
core::Result<int> connect_through(int socket, const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) {
        return core::error(core::ErrorKind::InvalidArgument, path + ": too long for a socket");
    }
    std::memcpy(&address.sun_path[0], path.data(), path.size());
    return ::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

}  // namespace

core::Result<int> connect_to_path(int socket, const std::string& path) {
    if (path.size() < sizeof(sockaddr_un::sun_path)) return connect_through(socket, path);
    const std::size_t slash = path.rfind('/');
    const UniqueFd directory(::open(path.substr(0, slash).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!directory) return core::os_error(errno, "open " + path.substr(0, slash));
    return connect_through(socket, "/proc/self/fd/" + std::to_string(directory.get()) + path.substr(slash));
}

core::Result<std::int32_t> peer_pid(int socket) {
    ucred credentials{};
    socklen_t size = sizeof credentials;
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0) return credentials.pid;
    return core::os_error(errno, "read a socket's peer");
}

/// What is sent waits in the receiver's memory, of which there is enough by default.
core::Status give_message_room(int) {
    return {};
}

}  // namespace potd::platform
