#pragma once

#include "core/base/result.hpp"
#include "core/model/ip_address.hpp"

#include <string_view>

namespace potd::platform {

/// Whether the kernel hands on what is for others, in the network of the calling thread; pots of bridges
/// reach nothing but the host and each other without it, and nothing reaches them from outside.
struct Forwarding {
    bool ipv4 = false, ipv6 = false;
};
[[nodiscard]] Forwarding read_forwarding();
/// The sysctl of a family.
[[nodiscard]] std::string_view forwarding_setting(core::IpAddress::Family family);

/// Switches it on. The host goes on learning IPv6 routes from routers, which the kernel would end with it: on
/// Linux interfaces with accept_ra 1 (ip-sysctl.txt), on FreeBSD by net.inet6.ip6.rfc6204w3.
[[nodiscard]] core::Status switch_on_forwarding(Forwarding wanted);

}  // namespace potd::platform
