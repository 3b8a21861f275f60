#pragma once

#include "core/base/result.hpp"
#include "daemon/platform/linux/host_network.hpp"

#include <cstdint>
#include <string>

namespace potd::platform {

/// The interface, if it can be a member of a bridge: of the one with the number `own`, where it may be one
/// already; 0: of none yet. Else the errors of Networks::check_uplink.
[[nodiscard]] core::Result<HostInterface> find_uplink(const HostNetwork& host, const std::string& name,
                                                      std::uint32_t own);

}  // namespace potd::platform
