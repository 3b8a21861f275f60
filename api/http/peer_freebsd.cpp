#include "api/http/peer.hpp"

#include <sys/socket.h>
#include <sys/types.h>
#include <sys/ucred.h>
#include <sys/un.h>

namespace potd::api {

// unix(4): LOCAL_PEERCRED; cr_pid since FreeBSD 13.
Peer peer_of(int socket) noexcept {
    xucred credentials{};
    socklen_t size = sizeof credentials;
    if (::getsockopt(socket, SOL_LOCAL, LOCAL_PEERCRED, &credentials, &size) != 0) return {};
    if (credentials.cr_version != XUCRED_VERSION) return {};
    return {credentials.cr_pid, static_cast<std::int64_t>(credentials.cr_uid)};
}

}  // namespace potd::api
