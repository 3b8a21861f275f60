#include "daemon/platform/freebsd/socket_address.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>

#include <sys/types.h>
// after sys/types.h
#include <netinet/in.h>
#include <sys/socket.h>

namespace potd::platform {
namespace {

std::size_t bytes_begin(core::IpAddress::Family family) {
    return family == core::IpAddress::Family::V4 ? offsetof(sockaddr_in, sin_addr)
                                                 : offsetof(sockaddr_in6, sin6_addr);
}

}  // namespace

std::optional<core::IpAddress> address_in(const sockaddr* from) {
    if (from == nullptr || (from->sa_family != AF_INET && from->sa_family != AF_INET6)) return std::nullopt;
    core::IpAddress address;
    address.family = from->sa_family == AF_INET ? core::IpAddress::Family::V4 : core::IpAddress::Family::V6;
    std::memcpy(address.bytes.data(), reinterpret_cast<const char*>(from) + bytes_begin(address.family),
                static_cast<std::size_t>(address.bits() / 8));
    return address;
}

int prefix_in(const sockaddr* mask, core::IpAddress::Family family) {
    const int bits = family == core::IpAddress::Family::V4 ? 32 : 128;
    if (mask == nullptr) return bits;
    const auto* const bytes = reinterpret_cast<const unsigned char*>(mask);
    const std::size_t all = bytes_begin(family) + static_cast<std::size_t>(bits / 8);
    int prefix = 0;
    for (std::size_t i = bytes_begin(family); i < std::min<std::size_t>(all, mask->sa_len); ++i)
        prefix += __builtin_popcount(bytes[i]);
    return prefix;
}

}  // namespace potd::platform
