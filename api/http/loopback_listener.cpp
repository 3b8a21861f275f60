#include "api/http/loopback_listener.hpp"

#include <algorithm>
#include <string>

#include <boost/asio/error.hpp>

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

}  // namespace

core::Status LoopbackListener::open(const LoopbackEndpoint& endpoint) {
    const boost::asio::ip::address address = asio_address(endpoint.address);
    const std::string name = core::to_string(endpoint.address) + " port " + std::to_string(endpoint.port);
    if (!address.is_loopback()) {
        return core::error(core::ErrorKind::InvalidArgument,
                           "listen at " + name + ": expected an address that only this machine reaches");
    }
    const tcp::endpoint place(address, endpoint.port);
    error_code ec;
    acceptor_.open(place.protocol(), ec);
    // Connections of a potd that has ended may linger for a minute.
    if (!ec) acceptor_.set_option(boost::asio::socket_base::reuse_address(true), ec);
    if (!ec) acceptor_.bind(place, ec);
    if (!ec) acceptor_.non_blocking(true, ec);
    if (!ec) acceptor_.listen(boost::asio::socket_base::max_listen_connections, ec);
    if (!ec) return {};
    close();
    if (ec == boost::asio::error::address_in_use)
        return core::error(core::ErrorKind::Conflict, "listen at " + name + ": somebody else listens there");
    return core::os_error(ec.value(), "listen at " + name);
}

void LoopbackListener::close() {
    error_code ignored;  // closing is all that can be done
    acceptor_.close(ignored);
}

}  // namespace potd::api
