#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace potd::api {

/// An open WebSocket (RFC 6455), server side. Loop thread. Its owner is the connection; whoever got
/// it may use it until `closed` was called.
class WebSocket {
  public:
    struct Events {
        std::function<void(std::string_view message, bool binary)> message;
        std::function<void()> drained;  ///< after `queued` fell to 0
        /// Once; nothing is called after it. `by_client`: it left, and was not sent away.
        std::function<void(bool by_client)> closed;
    };

    virtual ~WebSocket() = default;
    /// Starts reading. Called once.
    virtual void start(Events events) = 0;
    virtual void send(std::string message, bool binary) = 0;
    /// Bytes accepted by `send` and not yet taken by the kernel.
    [[nodiscard]] virtual std::size_t queued() const = 0;
    /// Holds reading, for backpressure.
    virtual void pause(bool paused) = 0;
    /// Sends what is queued, then the close frame with `code` (RFC 6455 section 7.4).
    virtual void close(std::uint16_t code, std::string_view reason) = 0;
};

}  // namespace potd::api
