#include "api/http/peer.hpp"

#include <sys/socket.h>

namespace potd::api {

Peer peer_of(int socket) noexcept {
    ucred credentials{};
    socklen_t size = sizeof credentials;
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0 || credentials.pid == 0)
        return {};
    return {credentials.pid, static_cast<std::int64_t>(credentials.uid)};
}

}  // namespace potd::api
