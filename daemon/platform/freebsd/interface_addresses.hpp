#pragma once

#include "core/base/result.hpp"
#include "core/model/hardware_address.hpp"
#include "daemon/platform/freebsd/pure/address_record.hpp"

#include <optional>
#include <string>
#include <vector>

namespace potd::platform {

// The addresses of the host's interfaces, by getifaddrs(3) and the calls of netintro(4). Each is done at
// once.

/// Every IPv4 and IPv6 address there is.
[[nodiscard]] core::Result<std::vector<HostAddress>> read_host_addresses();

/// The global address of an interface that ends as its hardware address has it and is of use, in the network
/// stack that the socket (AF_INET6) is of. One that is still preferred comes first.
[[nodiscard]] std::optional<core::IpAddress> advertised_address(int socket, const std::string& interface,
                                                                const core::HardwareAddress& hardware);

[[nodiscard]] bool interface_exists(const std::string& name);

/// Puts an address on an interface, usable at once: an IPv6 address does not wait for duplicates to show up.
[[nodiscard]] core::Status add_alias(const HostAlias& alias);

/// Takes it off; one that is gone, or whose interface is, is fine.
[[nodiscard]] core::Status remove_alias(const HostAlias& alias);

}  // namespace potd::platform
