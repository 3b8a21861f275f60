#include "api/http/peer.hpp"

#include <cerrno>
#include <vector>

#include <sys/socket.h>

namespace potd::api {
namespace {

// socket(7): SO_PEERGROUPS, since Linux 4.13; ERANGE says in `size` how much room is needed.
std::vector<std::int64_t> groups_of(int socket, gid_t first) {
    std::vector<std::int64_t> all{static_cast<std::int64_t>(first)};
    std::vector<gid_t> found(32);
    auto size = static_cast<socklen_t>(found.size() * sizeof(gid_t));
    int outcome = ::getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, found.data(), &size);
    if (outcome != 0 && errno == ERANGE) {
        found.resize(size / sizeof(gid_t));
        outcome = ::getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, found.data(), &size);
    }
    if (outcome != 0) return all;  // then the first is all that is known, which lets nobody in who may not
    found.resize(size / sizeof(gid_t));
    for (const gid_t gid : found) all.push_back(static_cast<std::int64_t>(gid));
    return all;
}

}  // namespace

Peer peer_of(int socket) {
    ucred credentials{};
    socklen_t size = sizeof credentials;
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0 ||
        credentials.uid == static_cast<uid_t>(-1))
        return {};
    // A client in another pid namespace has none here.
    const std::int64_t pid = credentials.pid == 0 ? -1 : credentials.pid;
    return {pid, static_cast<std::int64_t>(credentials.uid), groups_of(socket, credentials.gid)};
}

}  // namespace potd::api
