#pragma once

#include "core/base/result.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace potd::core {

/// An IPv4 or IPv6 address by its bytes.
struct IpAddress {
    enum class Family : std::uint8_t { V4, V6 };
    Family family = Family::V4;
    std::array<std::uint8_t, 16>
        bytes{};  ///< in network order; of an IPv4 address the first four, the rest 0
    friend bool operator==(const IpAddress&, const IpAddress&) = default;
    /// IPv4 before IPv6, then by number.
    friend bool operator<(const IpAddress& left, const IpAddress& right) {
        return left.family != right.family ? left.family < right.family : left.bytes < right.bytes;
    }

    /// 32 or 128.
    [[nodiscard]] int bits() const { return family == Family::V4 ? 32 : 128; }
};

/// "10.0.0.2", or any of the forms of RFC 4291, section 2.2; no zone. Parts of an IPv4 address are decimal,
/// without leading zeros.
[[nodiscard]] std::optional<IpAddress> parse_ip_address(std::string_view text);

/// The one form of RFC 5952: "10.0.0.2", "2001:db8::2".
[[nodiscard]] std::string to_string(const IpAddress& address);

/// Of 127.0.0.0/8, or ::1.
[[nodiscard]] bool is_loopback(const IpAddress& address);

/// 0.0.0.0 or ::.
[[nodiscard]] bool is_unspecified(const IpAddress& address);

/// True if the first `prefix` bits are the same; false for different families.
[[nodiscard]] bool same_network(const IpAddress& left, const IpAddress& right, int prefix);

/// An address as an interface has it.
struct InterfaceAddress {
    IpAddress address;
    std::optional<int> prefix;  ///< length of its network's; unset: the system's own choice
    friend bool operator==(const InterfaceAddress&, const InterfaceAddress&) = default;
};

/// "10.0.0.2" or "10.0.0.2/24", of one host: InvalidArgument for loopback, multicast, unspecified, broadcast,
/// IPv6 link-local and IPv4-mapped addresses, and for those that name a network as a whole.
[[nodiscard]] Result<InterfaceAddress> parse_interface_address(std::string_view text, std::string_view field);

/// "10.0.0.2/24", without the slash if the prefix is unset.
[[nodiscard]] std::string to_string(const InterfaceAddress& address);

}  // namespace potd::core
