#include "api/http/seats.hpp"

#include <algorithm>

namespace potd::api {

Seats::Seat Seats::take(const boost::asio::ip::address& address) {
    const Origin origin = origin_of(address);
    const auto known = taken_->of.find(origin);
    const std::size_t so_far = known == taken_->of.end() ? 0 : known->second;
    if (taken_->all >= most_ || so_far >= most_of_one_) return nullptr;
    taken_->of[origin] = so_far + 1;
    ++taken_->all;
    return {static_cast<void*>(taken_.get()), [taken = taken_, origin](void* /*the same*/) {
                --taken->all;
                const auto found = taken->of.find(origin);
                if (--found->second == 0) taken->of.erase(found);
            }};
}

/// IPv4 as mapped into IPv6.
Seats::Origin Seats::origin_of(const boost::asio::ip::address& address) {
    namespace ip = boost::asio::ip;
    if (address.is_v4()) return ip::make_address_v6(ip::v4_mapped, address.to_v4()).to_bytes();
    Origin bytes = address.to_v6().to_bytes();
    constexpr std::ptrdiff_t network = 8;
    if (!address.to_v6().is_v4_mapped()) std::fill(bytes.begin() + network, bytes.end(), 0);
    return bytes;
}

}  // namespace potd::api
