#pragma once

#include "client/base/result.hpp"
#include "client/http/connection.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace potd::client {

enum class Opcode : std::uint8_t { Continuation = 0, Text = 1, Binary = 2, Close = 8, Ping = 9, Pong = 10 };

/// One frame of RFC 6455.
struct Frame {
    Opcode opcode = Opcode::Text;
    bool last = true;
    std::string payload;
};

/// A client's frame on the wire, masked with `mask`.
[[nodiscard]] std::string encode_frame(const Frame& frame, std::array<std::uint8_t, 4> mask);

/// A frame at the beginning of `bytes` and how much of them it takes; unset while it is not whole.
struct DecodedFrame {
    Frame frame;
    std::size_t size = 0;
};
/// Fails on what a server must not send: masked, reserved bits, over 16 MiB.
[[nodiscard]] Result<std::optional<DecodedFrame>> decode_frame(std::string_view bytes);

/// The value Sec-WebSocket-Accept must have for that Sec-WebSocket-Key.
[[nodiscard]] std::string accept_key(std::string_view key);

/// A fresh Sec-WebSocket-Key.
[[nodiscard]] std::string random_key();

/// Messages over an upgraded connection. Sending never waits: bytes that do not fit now are queued
/// until `flush`. Pings are answered, fragments put together.
class WebSocket {
  public:
    explicit WebSocket(Connection connection) : connection_(std::move(connection)) {}

    /// Text or Binary as a whole, or Close.
    struct Message {
        Opcode opcode = Opcode::Text;
        std::string payload;
    };

    [[nodiscard]] Status send(Opcode opcode, std::string_view payload);
    [[nodiscard]] Status flush();
    [[nodiscard]] std::size_t unsent() const { return queue_.size(); }

    /// Waits for bytes; false = the peer has closed the connection.
    [[nodiscard]] Result<bool> receive();
    /// The next whole message among the bytes received so far.
    [[nodiscard]] Result<std::optional<Message>> next();
    [[nodiscard]] int fd() const { return connection_.fd(); }
    /// Without a farewell; nothing may be asked of it any more.
    void close() { connection_.close(); }

  private:
    /// The message a frame completes, if any.
    [[nodiscard]] Result<std::optional<Message>> take(Frame frame);

    Connection connection_;
    std::string queue_;
    std::optional<Message> partial_;
};

}  // namespace potd::client
