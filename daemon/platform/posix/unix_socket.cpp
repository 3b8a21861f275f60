#include "daemon/platform/posix/unix_socket.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>

namespace potd::platform {
namespace {

constexpr std::size_t most_descriptors = 4;

core::Status set_non_blocking(int fd) {
    const int flags = ::fcntl(fd, F_GETFL);
    if (flags >= 0 && ::fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0) return {};
    return core::os_error(errno, "make a socket non-blocking");
}

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

core::Result<int> connect_any_length(int socket, const std::string& path) {
    if (path.size() < sizeof(sockaddr_un::sun_path)) return connect_through(socket, path);
    const std::size_t slash = path.rfind('/');
    const UniqueFd directory(::open(path.substr(0, slash).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!directory) return core::os_error(errno, "open " + path.substr(0, slash));
    return connect_through(socket, "/proc/self/fd/" + std::to_string(directory.get()) + path.substr(slash));
}

std::vector<UniqueFd> take_descriptors(msghdr& header) {
    std::vector<UniqueFd> descriptors;
    for (cmsghdr* part = CMSG_FIRSTHDR(&header); part != nullptr; part = CMSG_NXTHDR(&header, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
        const std::size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t at = 0; at < count; ++at) {
            int fd = -1;
            std::memcpy(&fd, CMSG_DATA(part) + at * sizeof(int), sizeof fd);
            descriptors.emplace_back(fd);
        }
    }
    return descriptors;
}

}  // namespace

core::Result<std::pair<UniqueFd, UniqueFd>> message_pair() {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
        return core::os_error(errno, "make a socket pair");
    }
    std::pair<UniqueFd, UniqueFd> pair{UniqueFd(ends[0]), UniqueFd(ends[1])};
    if (auto set = set_non_blocking(ends[0]); !set) return std::move(set).error();
    return pair;
}

core::Result<UniqueFd> connect_messages(const std::string& path) {
    UniqueFd socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket) return core::os_error(errno, "make a socket");
    const auto connected = connect_any_length(socket.get(), path);
    if (!connected) return connected.error();
    if (connected.value() == 0) return socket;
    // A socket file whose owner died answers ECONNREFUSED.
    return core::os_error(errno == ECONNREFUSED ? ENOENT : errno, "connect to " + path);
}

core::Result<std::int32_t> peer_pid(int socket) {
    ucred credentials{};
    socklen_t size = sizeof credentials;
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0) return credentials.pid;
    return core::os_error(errno, "read a socket's peer");
}

core::Result<bool> send_message(int socket, std::span<const std::byte> bytes,
                                std::span<const int> descriptors) {
    if (descriptors.size() > most_descriptors) {
        return core::error(core::ErrorKind::Internal, "too many descriptors for one message");
    }
    // sendmsg does not change what it sends.
    iovec part{const_cast<std::byte*>(bytes.data()), bytes.size()};
    alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(most_descriptors * sizeof(int))> control{};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    if (!descriptors.empty()) {
        header.msg_control = control.data();
        header.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
        cmsghdr* rights = CMSG_FIRSTHDR(&header);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(descriptors.size_bytes());
        std::memcpy(CMSG_DATA(rights), descriptors.data(), descriptors.size_bytes());
    }
    if (::sendmsg(socket, &header, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0) return true;
    if (errno == EAGAIN || errno == EWOULDBLOCK) return false;
    return core::os_error(errno, "send to the monitor");
}

core::Result<Message> receive_message(int socket, std::span<std::byte> buffer) {
    iovec part{buffer.data(), buffer.size()};
    alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(most_descriptors * sizeof(int))> control{};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control.data();
    header.msg_controllen = control.size();
    const ssize_t got = ::recvmsg(socket, &header, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    Message message;
    if (got < 0) {
        message.none = errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
        message.end = errno == ECONNRESET;
        if (!message.none && !message.end) return core::os_error(errno, "receive from the monitor");
        return message;
    }
    message.descriptors = take_descriptors(header);
    if ((header.msg_flags & MSG_TRUNC) != 0)
        return core::error(core::ErrorKind::TooLarge, "message too long");
    message.size = static_cast<std::size_t>(got);
    message.end = got == 0;
    return message;
}

}  // namespace potd::platform
