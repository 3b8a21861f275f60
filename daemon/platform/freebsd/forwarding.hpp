#pragma once

#include "core/base/result.hpp"

namespace potd::platform {

/// Whether the kernel hands on what is for others; pots of bridges reach nothing but the host and each other
/// without it, and nothing reaches them.
struct Forwarding {
    bool ipv4 = false, ipv6 = false;
};
[[nodiscard]] Forwarding read_forwarding();

/// Switches it on. The host goes on learning IPv6 routes from routers (net.inet6.ip6.rfc6204w3), which the
/// kernel would end with it.
[[nodiscard]] core::Status switch_on_forwarding(Forwarding wanted);

}  // namespace potd::platform
