#include "daemon/platform/linux/netlink_socket.hpp"

#include <cerrno>
#include <cstddef>
#include <span>
#include <vector>

#include <linux/netlink.h>
#include <sys/socket.h>

namespace potd::platform {
namespace {

using Bytes = std::span<const std::byte>;

constexpr std::size_t most_answer = 32768;  // what the kernel puts at most into one answer
constexpr const char* asking = "ask the kernel for its network";

core::Status send_request(int socket, NetlinkMessage& request) {
    if (!request.ok()) return core::error(core::ErrorKind::Internal, "a request to netlink is too long");
    const Bytes bytes = request.bytes();
    if (::send(socket, bytes.data(), bytes.size(), 0) < 0) return core::os_error(errno, asking);
    return {};
}

core::Result<Bytes> receive_some(int socket, std::vector<std::byte>& buffer) {
    for (;;) {
        const ssize_t got = ::recv(socket, buffer.data(), buffer.size(), MSG_TRUNC);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return core::os_error(errno, asking);
        if (static_cast<std::size_t>(got) <= buffer.size())
            return Bytes(buffer).first(static_cast<std::size_t>(got));
        return core::error(core::ErrorKind::TooLarge, "the kernel's answer about its network is cut short");
    }
}

}  // namespace

core::Result<NetlinkSocket> NetlinkSocket::open() {
    UniqueFd fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
    if (!fd) return core::os_error(errno, "open a netlink socket");
    return NetlinkSocket(std::move(fd));
}

core::Status NetlinkSocket::ask(NetlinkMessage request) {
    if (auto sent = send_request(fd_.get(), request); !sent) return sent;
    std::vector<std::byte> buffer(most_answer);
    for (;;) {
        auto rest = receive_some(fd_.get(), buffer);
        if (!rest) return std::move(rest).error();
        NetlinkPart part;
        while (take_netlink_part(*rest, part)) {
            if (part.type != NLMSG_ERROR) continue;
            if (part.error() == 0) return {};
            return core::os_error(-part.error(), "change the network");
        }
    }
}

core::Status NetlinkSocket::dump(NetlinkMessage request, const Take& take) {
    if (auto sent = send_request(fd_.get(), request); !sent) return sent;
    std::vector<std::byte> buffer(most_answer);
    for (;;) {
        auto rest = receive_some(fd_.get(), buffer);
        if (!rest) return std::move(rest).error();
        NetlinkPart part;
        while (take_netlink_part(*rest, part)) {
            if (part.type == NLMSG_DONE) return {};
            if (const int error = part.error(); error != 0) return core::os_error(-error, asking);
            take(part);
        }
    }
}

}  // namespace potd::platform
