#pragma once

#include "core/model/ip_address.hpp"

#include <optional>

struct sockaddr;

namespace potd::platform {

/// Of an IPv4 or IPv6 one; nothing for others, and for a null pointer.
[[nodiscard]] std::optional<core::IpAddress> address_in(const sockaddr* from);
/// The length of a mask, which the kernel cuts behind its last byte that is not 0; null: of one host.
[[nodiscard]] int prefix_in(const sockaddr* mask, core::IpAddress::Family family);

}  // namespace potd::platform
