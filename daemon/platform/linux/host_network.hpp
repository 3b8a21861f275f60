#pragma once

#include "core/base/result.hpp"
#include "core/model/ip_address.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace potd::platform {

struct HostInterface {
    std::uint32_t index = 0;
    std::string name;
    std::vector<core::InterfaceAddress> addresses;  ///< with their prefixes
    std::vector<core::IpAddress> gateways;          ///< of default routes by it, the preferred first
};

/// What a pot's interfaces depend on.
struct HostNetwork {
    std::vector<HostInterface> interfaces;
};

/// The network of the calling thread, by rtnetlink(7). Some messages to the kernel and back. Any thread.
[[nodiscard]] core::Result<HostNetwork> read_host_network();

}  // namespace potd::platform
