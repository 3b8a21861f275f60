#pragma once

#include "core/base/result.hpp"
#include "core/model/ip_address.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace potd::core {

/// Of an Ethernet interface, in the order it is sent.
using HardwareAddress = std::array<std::uint8_t, 6>;

/// "02:00:5e:10:00:01", in either case. InvalidArgument with the field for what no single station has: zeros,
/// and group addresses (IEEE 802, the lowest bit of the first byte).
[[nodiscard]] Result<HardwareAddress> parse_hardware_address(std::string_view text, std::string_view field);
/// In lower case.
[[nodiscard]] std::string to_string(const HardwareAddress& address);

/// The address whose interface identifier is made of the hardware address (modified EUI-64: RFC 4291,
/// appendix A), in the network of `prefix`: its first 64 bits.
[[nodiscard]] IpAddress eui64_address(const IpAddress& prefix, const HardwareAddress& hardware);
/// The link-local one.
[[nodiscard]] IpAddress link_local_address(const HardwareAddress& hardware);

/// Always the same one for a text; locally administered, of one station.
[[nodiscard]] HardwareAddress made_hardware_address(std::string_view seed);

}  // namespace potd::core
