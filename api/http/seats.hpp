#pragma once

#include <cstddef>
#include <map>
#include <memory>

#include <boost/asio/ip/address.hpp>

namespace potd::api {

/// How many connections there are from elsewhere, of each address (of IPv6 each network of 64 bits, which is
/// what one subscriber gets) and of all. Loop thread.
class Seats {
  public:
    /// Counts until the last copy is gone, which may be after these Seats.
    using Seat = std::shared_ptr<void>;

    Seats(std::size_t most, std::size_t most_of_one) : most_(most), most_of_one_(most_of_one) {}

    /// Null if one of the limits is reached.
    [[nodiscard]] Seat take(const boost::asio::ip::address& address);
    [[nodiscard]] std::size_t taken() const { return taken_->all; }

  private:
    using Origin = boost::asio::ip::address_v6::bytes_type;
    struct Taken {
        std::map<Origin, std::size_t> of;
        std::size_t all = 0;
    };
    [[nodiscard]] static Origin origin_of(const boost::asio::ip::address& address);

    std::size_t most_;
    std::size_t most_of_one_;
    std::shared_ptr<Taken> taken_ = std::make_shared<Taken>();
};

}  // namespace potd::api
