#include "daemon/platform/posix/loopback_socket.hpp"

#include <cerrno>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace potd::platform {

std::string to_text(LoopbackPort where) {
    return (where.family == AF_INET ? "127.0.0.1:" : "[::1]:") + std::to_string(where.port);
}

int begin_connect(int socket, LoopbackPort where) {
    int result = 0;
    if (where.family == AF_INET) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(where.port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        result = ::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    } else {
        sockaddr_in6 address{};
        address.sin6_family = AF_INET6;
        address.sin6_port = htons(where.port);
        address.sin6_addr = in6addr_loopback;
        result = ::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    }
    return result == 0 || errno == EINPROGRESS ? 0 : errno;
}

core::Result<UniqueFd> connect_here(LoopbackPort where) {
    UniqueFd socket(::socket(where.family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket) return core::os_error(errno, "socket");
    if (const int failure = begin_connect(socket.get(), where); failure != 0)
        return core::os_error(failure, to_text(where));
    return socket;
}

}  // namespace potd::platform
