#include "daemon/platform/posix/unix_socket.hpp"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/types.h>
// after sys/types.h
#include <sys/socket.h>
#include <sys/ucred.h>
#include <sys/un.h>

namespace potd::platform {

core::Result<int> connect_to_path(int socket, const std::string& path) {
    const std::size_t slash = path.rfind('/');
    const std::string name = path.substr(slash + 1), parent = slash == 0 ? "/" : path.substr(0, slash);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (slash == std::string::npos || name.size() >= sizeof address.sun_path)
        return core::error(core::ErrorKind::InvalidArgument, path + ": no path of a socket");
    std::memcpy(&address.sun_path[0], name.data(), name.size());
    address.sun_len = static_cast<unsigned char>(SUN_LEN(&address));
    const UniqueFd directory(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory) return core::os_error(errno, "open " + parent);
    return ::connectat(directory.get(), socket, reinterpret_cast<const sockaddr*>(&address), address.sun_len);
}

core::Result<std::int32_t> peer_pid(int socket) {
    xucred credentials{};
    socklen_t size = sizeof credentials;
    if (::getsockopt(socket, SOL_LOCAL, LOCAL_PEERCRED, &credentials, &size) == 0) return credentials.cr_pid;
    return core::os_error(errno, "read a socket's peer");
}

/// The kernel takes no packet longer than the sender's buffer, by default 8 KiB.
core::Status give_message_room(int socket) {
    constexpr int room = 256 * 1024;
    for (const int option : {SO_SNDBUF, SO_RCVBUF}) {
        if (::setsockopt(socket, SOL_SOCKET, option, &room, sizeof room) != 0)
            return core::os_error(errno, "make room in a socket");
    }
    return {};
}

}  // namespace potd::platform
