#pragma once

#include "core/model/hardware_address.hpp"
#include "core/model/ip_address.hpp"

#include <optional>
#include <string_view>

namespace potd::platform {

/// In a table of /proc/net/if_inet6: the global address of an interface that ends as its hardware address has
/// it and is of use: no tentative one, none that somebody else has. Of several the one that is still
/// preferred; else the lowest.
[[nodiscard]] std::optional<core::IpAddress> advertised_address(std::string_view table,
                                                                std::string_view interface,
                                                                const core::HardwareAddress& hardware);

}  // namespace potd::platform
