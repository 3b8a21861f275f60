#pragma once

#include "core/monitor_link/frame.hpp"
#include "daemon/monitor/link_age.hpp"
#include "daemon/monitor/sys.hpp"

#include <cstddef>
#include <span>

namespace potd::monitor {

/// potmon's end of the link: a listening socket and at most one connected potd. A newer connection
/// replaces the older one. A potd that cannot be written to is let go: it connects anew and learns the
/// state from Hello.
class LinkServer {
  public:
    /// `buffer` receives messages: max_frame_size bytes, touched as far as messages are long.
    explicit LinkServer(std::span<std::byte> buffer) : buffer_(buffer) {}

    /// Takes a connection that exists already.
    void adopt(int connection);
    /// In place of an earlier listener. 0 or minus errno.
    [[nodiscard]] int listen(const char* path);
    /// Takes a waiting connection if it is the administrator's. True if there is a new one.
    [[nodiscard]] bool accept();

    /// Whether there is no potd at the other end of the connection.
    [[nodiscard]] bool abandoned() const { return connection_ < 0 || sys::hung_up(connection_); }

    [[nodiscard]] int listener() const { return listener_; }
    [[nodiscard]] int connection() const { return connection_; }

    struct Incoming {
        bool whole = false;  ///< `frame` is one; its views are valid until the next call
        core::monitor_link::FrameView frame;
        sys::Message packet;  ///< with the descriptors, which are the caller's
    };
    /// Takes one message if there is one; never waits.
    [[nodiscard]] Incoming receive();

    template <class Frame>
    void send(const Frame& frame, std::span<const int> fds = {}) {
        std::byte room[2048];
        const std::size_t size = core::monitor_link::encode_frame(room, frame);
        sign({room, size});
        send_bytes({room, size}, fds);
    }

    void give_back() { sys::give_back(buffer_.data(), buffer_.size()); }

  private:
    void send_bytes(std::span<const std::byte> bytes, std::span<const int> fds);
    void drop();

    std::span<std::byte> buffer_;
    int listener_ = -1;
    int connection_ = -1;
};

}  // namespace potd::monitor
