#pragma once

#include "core/base/result.hpp"
#include "core/model/ip_address.hpp"

#include <cstdint>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace potd::api {

using TcpAcceptor =
    boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;

/// Without TLS: only this machine reaches it.
struct LoopbackEndpoint {
    core::IpAddress address;
    std::uint16_t port = 0;  ///< 0: one that is free
};

/// With TLS. "::" is every address, also of IPv4.
struct TlsEndpoint {
    core::IpAddress address;
    std::uint16_t port = 0;  ///< 0: one that is free
};

/// A listening TCP socket. The kernel does not say who is at its other end.
class TcpListener {
  public:
    explicit TcpListener(boost::asio::io_context& context) : acceptor_(context) {}

    /// InvalidArgument for an address that is not one of the loopback interface; Conflict if the port is
    /// taken.
    [[nodiscard]] core::Status open(const LoopbackEndpoint& endpoint);
    /// Conflict if the port is taken.
    [[nodiscard]] core::Status open(const TlsEndpoint& endpoint);
    void close();
    [[nodiscard]] TcpAcceptor& acceptor() { return acceptor_; }
    /// Where it listens; 0 while it does not.
    [[nodiscard]] std::uint16_t port() const;

  private:
    [[nodiscard]] core::Status open_at(const core::IpAddress& address, std::uint16_t port);

    TcpAcceptor acceptor_;
};

}  // namespace potd::api
