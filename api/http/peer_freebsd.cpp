#include "api/http/peer.hpp"

#include <algorithm>

#include <sys/socket.h>
#include <sys/types.h>
#include <sys/ucred.h>
#include <sys/un.h>

namespace potd::api {

// unix(4): LOCAL_PEERCRED; cr_pid since FreeBSD 13.
Peer peer_of(int socket) {
    xucred credentials{};
    socklen_t size = sizeof credentials;
    if (::getsockopt(socket, SOL_LOCAL, LOCAL_PEERCRED, &credentials, &size) != 0) return {};
    if (credentials.cr_version != XUCRED_VERSION) return {};
    Peer peer{credentials.cr_pid, static_cast<std::int64_t>(credentials.cr_uid)};
    const int groups = std::min<int>(credentials.cr_ngroups, XU_NGROUPS);
    for (int i = 0; i < groups; ++i) peer.gids.push_back(static_cast<std::int64_t>(credentials.cr_groups[i]));
    return peer;
}

}  // namespace potd::api
