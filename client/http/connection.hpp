#pragma once

#include "client/base/descriptor.hpp"
#include "client/base/result.hpp"
#include "client/http/endpoint.hpp"
#include "client/http/tls.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace potd::client {

/// The code of the failure that nobody reads the output any more.
inline constexpr std::string_view unread = "unread";

/// A byte stream to potd with a read buffer.
class Connection {
  public:
    Connection(Connection&&) = default;
    Connection& operator=(Connection&&) = default;
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection() { close(); }

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
    [[nodiscard]] bool is_stale();
    /// Waits so many milliseconds, -1 for ever, until `buffered` is not empty or the peer has closed; false:
    /// the time is up, or a signal came. What makes `fd` readable may be TLS's own, and then this is false.
    [[nodiscard]] bool has_input(int timeout_ms);
    [[nodiscard]] int fd() const { return socket_.get(); }
    /// Waiting in `fill` ends with a failure, or by SIGPIPE as writing would, when nobody reads `fd` any
    /// more.
    void end_with_reader_of(int fd) { output_ = fd; }
    void close();

  private:
    Connection(Descriptor socket, std::unique_ptr<Tls> tls)
        : socket_(std::move(socket)), tls_(std::move(tls)) {}
    [[nodiscard]] Status send_by_tls(std::string_view bytes);
    [[nodiscard]] Result<std::size_t> fill_by_tls();
    bool wait(short events, int timeout_ms) const;
    [[nodiscard]] Status await(short events) const;

    Descriptor socket_;
    std::unique_ptr<Tls> tls_;  ///< null: without
    std::string buffer_;
    std::size_t taken_ = 0;
    int output_ = -1;
    bool ended_ = false;  ///< has_input saw the end
};

}  // namespace potd::client
