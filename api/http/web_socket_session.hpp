#pragma once

#include "api/http/exchange.hpp"
#include "api/http/stream.hpp"
#include "api/http/web_socket.hpp"

#include <functional>
#include <memory>
#include <string_view>

namespace potd::api {

/// A WebSocket on Beast. Made by the server, which keeps it until `over` was called.
class WebSocketSession : public WebSocket {
  public:
    using Over = std::function<void(WebSocketSession&)>;

    [[nodiscard]] static std::shared_ptr<WebSocketSession> make(Stream stream, Over over);

    struct Request {
        std::string_view bytes;  ///< it, and what came after it
        std::string_view id;
    };
    /// Does the handshake, which problem_of_handshake has nothing against. `on_socket` is called when it is
    /// done, or never.
    virtual void open(const Request& request, Exchange::OnSocket on_socket) = 0;
    /// Once a second: cuts off a client that does not hang up after it was told to.
    virtual void tick() = 0;
    /// Closes without a farewell.
    virtual void abort() = 0;
    /// The same, and it counts as if the client had left.
    virtual void dismiss() = 0;
};

}  // namespace potd::api
