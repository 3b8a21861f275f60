#pragma once

#include "core/base/result.hpp"
#include "core/model/ip_address.hpp"
#include "core/model/ip_network.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace potd::platform {

struct HostInterface {
    std::uint32_t index = 0;
    std::string name;
    std::vector<core::InterfaceAddress> addresses;  ///< with their prefixes
    std::vector<core::IpAddress> gateways;          ///< of default routes by it, the preferred first
    std::vector<core::IpNetwork> routes{};          ///< what is reached by it, but for the default routes
    std::array<std::uint8_t, 6> hardware{};         ///< zeros where it has none
    std::string alias{};                            ///< what its maker noted on it (ifalias)
    std::uint32_t master = 0;                       ///< the bridge or bond it is a member of; 0: of none
    std::string kind{};                             ///< "bridge", "veth"; empty: a physical one
    bool ethernet = false;                          ///< frames of Ethernet go by it
    bool up = false, loopback = false;
    bool default_route = false;  ///< one goes by it, also without a gateway
};

/// What a pot's interfaces depend on.
struct HostNetwork {
    std::vector<HostInterface> interfaces;
};

/// The network of the calling thread, by rtnetlink(7). Some messages to the kernel and back. Any thread.
[[nodiscard]] core::Result<HostNetwork> read_host_network();

}  // namespace potd::platform
