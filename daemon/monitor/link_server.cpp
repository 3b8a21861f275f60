#include "daemon/monitor/link_server.hpp"

#include <cerrno>

namespace potd::monitor {

void LinkServer::drop() {
    sys::close(connection_);
    connection_ = -1;
}

void LinkServer::adopt(int connection) {
    drop();
    connection_ = connection;
}

int LinkServer::listen(const char* path) {
    sys::close(listener_);
    listener_ = sys::listen_at(path);
    return listener_ < 0 ? listener_ : 0;
}

bool LinkServer::accept() {
    const int fresh = sys::accept(listener_);
    if (fresh < 0) return false;
    if (sys::peer_user(fresh) != 0) {
        sys::close(fresh);
        return false;
    }
    adopt(fresh);
    return true;
}

LinkServer::Incoming LinkServer::receive() {
    Incoming incoming;
    incoming.packet.buffer = buffer_;
    const long size = sys::receive(connection_, incoming.packet);
    if (size == -EAGAIN || size == -EINTR) return incoming;
    if (size <= 0) {
        drop();
        return incoming;
    }
    incoming.whole = !incoming.packet.truncated &&
                     core::monitor_link::parse_frame(incoming.packet.buffer, incoming.frame) &&
                     understand(incoming.frame);
    return incoming;
}

void LinkServer::send_bytes(std::span<const std::byte> bytes, std::span<const int> fds) {
    if (connection_ < 0) return;
    if (sys::send(connection_, bytes, fds) < 0) drop();
}

}  // namespace potd::monitor
