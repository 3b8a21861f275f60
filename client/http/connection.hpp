#pragma once

#include "client/base/descriptor.hpp"
#include "client/base/result.hpp"
#include "client/http/endpoint.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace potd::client {

/// A byte stream to potd with a read buffer.
class Connection {
  public:
    /// Exit code no_daemon, with what to look at, if nobody answers there.
    [[nodiscard]] static Result<Connection> open(const Endpoint& endpoint);

    /// Writes all of it, waiting as long as it takes.
    [[nodiscard]] Status send(std::string_view bytes);
    /// Writes what fits now; the count may be 0. A peer that has gone takes everything: reading tells.
    [[nodiscard]] Result<std::size_t> send_some(std::string_view bytes);
    /// Waits for bytes and adds them to the buffer; 0 = the peer has closed.
    [[nodiscard]] Result<std::size_t> fill();

    [[nodiscard]] std::string_view buffered() const { return std::string_view(buffer_).substr(taken_); }
    void consume(std::size_t bytes);
    /// True if the peer has closed while nothing was asked of it, or has sent what nobody asked for.
    [[nodiscard]] bool is_stale() const;
    [[nodiscard]] int fd() const { return socket_.get(); }
    void close() { socket_.reset(); }

  private:
    explicit Connection(Descriptor socket) : socket_(std::move(socket)) {}

    Descriptor socket_;
    std::string buffer_;
    std::size_t taken_ = 0;
};

}  // namespace potd::client
