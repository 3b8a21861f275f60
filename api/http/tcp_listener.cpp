#include "api/http/tcp_listener.hpp"

#include <algorithm>
#include <string>

#include <boost/asio/error.hpp>
#include <boost/asio/ip/v6_only.hpp>

namespace potd::api {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;

boost::asio::ip::address asio_address(const core::IpAddress& address) {
    if (address.family == core::IpAddress::Family::V6) {
        return boost::asio::ip::address_v6(address.bytes);
    }
    boost::asio::ip::address_v4::bytes_type bytes{};
    std::copy_n(address.bytes.begin(), bytes.size(), bytes.begin());
    return boost::asio::ip::address_v4(bytes);
}

std::string place_name(const core::IpAddress& address, std::uint16_t port) {
    return core::to_string(address) + " port " + std::to_string(port);
}

}  // namespace

core::Status TcpListener::open(const LoopbackEndpoint& endpoint) {
    if (!asio_address(endpoint.address).is_loopback()) {
        return core::error(core::ErrorKind::InvalidArgument,
                           "listen at " + place_name(endpoint.address, endpoint.port) +
                               ": expected an address that only this machine reaches");
    }
    return open_at(endpoint.address, endpoint.port);
}

core::Status TcpListener::open(const TlsEndpoint& endpoint) {
    return open_at(endpoint.address, endpoint.port);
}

core::Status TcpListener::open_at(const core::IpAddress& address, std::uint16_t port) {
    const tcp::endpoint place(asio_address(address), port);
    error_code ec;
    acceptor_.open(place.protocol(), ec);
    // Connections of a potd that has ended may linger for a minute.
    if (!ec) acceptor_.set_option(boost::asio::socket_base::reuse_address(true), ec);
    const bool all = place.address().is_v6() && place.address().is_unspecified();
    if (!ec && all) acceptor_.set_option(boost::asio::ip::v6_only(false), ec);
    if (!ec) acceptor_.bind(place, ec);
    if (!ec) acceptor_.non_blocking(true, ec);
    if (!ec) acceptor_.listen(boost::asio::socket_base::max_listen_connections, ec);
    if (!ec) return {};
    close();
    const std::string name = place_name(address, port);
    if (ec == boost::asio::error::address_in_use)
        return core::error(core::ErrorKind::Conflict, "listen at " + name + ": somebody else listens there");
    return core::os_error(ec.value(), "listen at " + name);
}

void TcpListener::close() {
    error_code ignored;  // closing is all that can be done
    acceptor_.close(ignored);
}

std::uint16_t TcpListener::port() const {
    error_code ec;
    const auto place = acceptor_.local_endpoint(ec);
    return ec ? std::uint16_t{0} : place.port();
}

}  // namespace potd::api
