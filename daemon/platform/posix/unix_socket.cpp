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

core::Status make_non_blocking(int fd) {
    const int flags = ::fcntl(fd, F_GETFL);
    if (flags >= 0 && ::fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0) return {};
    return core::os_error(errno, "make a socket non-blocking");
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
    if (auto set = make_non_blocking(ends[0]); !set) return std::move(set).error();
    for (const int end : ends) {
        if (auto roomy = give_message_room(end); !roomy) return std::move(roomy).error();
    }
    return pair;
}

core::Result<UniqueFd> connect_messages(const std::string& path) {
    UniqueFd socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket) return core::os_error(errno, "make a socket");
    if (auto roomy = give_message_room(socket.get()); !roomy) return std::move(roomy).error();
    const auto connected = connect_to_path(socket.get(), path);
    if (!connected) return connected.error();
    if (connected.value() == 0) return socket;
    // A socket file whose owner died answers ECONNREFUSED.
    return core::os_error(errno == ECONNREFUSED ? ENOENT : errno, "connect to " + path);
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
        header.msg_controllen =
            static_cast<decltype(header.msg_controllen)>(CMSG_SPACE(descriptors.size_bytes()));
        cmsghdr* rights = CMSG_FIRSTHDR(&header);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = static_cast<decltype(rights->cmsg_len)>(CMSG_LEN(descriptors.size_bytes()));
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
