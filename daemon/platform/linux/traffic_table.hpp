#pragma once

#include "core/port/meter.hpp"

#include <string_view>
#include <vector>

namespace potd::platform {

/// The table of a network namespace (/proc/PID/net/dev), in its order and without loopback. Lines that say
/// something else are left out.
[[nodiscard]] std::vector<core::InterfaceTraffic> parse_traffic(std::string_view table);

/// All of them together; what is more than a figure holds is the most it holds.
[[nodiscard]] core::Traffic total_of(const std::vector<core::InterfaceTraffic>& interfaces);

}  // namespace potd::platform
