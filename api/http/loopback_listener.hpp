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

struct LoopbackEndpoint {
    core::IpAddress address;
    std::uint16_t port = 0;  ///< 0: one that is free
};

/// A listening TCP socket that only this machine reaches. Nobody knows who is at its other end.
class LoopbackListener {
  public:
    explicit LoopbackListener(boost::asio::io_context& context) : acceptor_(context) {}

    /// InvalidArgument for an address that is not one of the loopback interface; Conflict if the port is
    /// taken.
    [[nodiscard]] core::Status open(const LoopbackEndpoint& endpoint);
    void close();
    [[nodiscard]] TcpAcceptor& acceptor() { return acceptor_; }

  private:
    TcpAcceptor acceptor_;
};

}  // namespace potd::api
