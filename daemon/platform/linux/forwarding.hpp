#pragma once

#include "core/base/result.hpp"

#include <string>

namespace potd::platform {

/// Whether the kernel hands on what is for others, in the network of the calling thread; pots of bridges
/// reach nothing but the host and each other without it.
struct Forwarding {
    bool ipv4 = false, ipv6 = false;
};
[[nodiscard]] Forwarding read_forwarding();

/// Switches it on. Interfaces that learn IPv6 routes from routers (accept_ra 1) go on doing so, which the
/// kernel would end with it (ip-sysctl.txt).
[[nodiscard]] core::Status switch_on_forwarding(Forwarding wanted);

}  // namespace potd::platform
