#pragma once

#include "core/base/result.hpp"
#include "core/model/ip_address.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace potd::core {

/// All addresses that share the first `prefix` bits.
struct IpNetwork {
    IpAddress first;  ///< the bits beyond the prefix are 0
    int prefix = 0;
    friend bool operator==(const IpNetwork&, const IpNetwork&) = default;
    friend bool operator<(const IpNetwork& left, const IpNetwork& right) {
        return left.first == right.first ? left.prefix < right.prefix : left.first < right.first;
    }

    [[nodiscard]] bool contains(const IpAddress& address) const {
        return same_network(first, address, prefix);
    }
};

/// "10.192.0.0/10", "fd00:1::/64". InvalidArgument, with the network that was probably meant, if bits beyond
/// the prefix are set.
[[nodiscard]] Result<IpNetwork> parse_ip_network(std::string_view text, std::string_view field);
[[nodiscard]] std::string to_string(const IpNetwork& network);

/// The network of this prefix that an address is in.
[[nodiscard]] IpNetwork network_of(const IpAddress& address, int prefix);

/// One lies within the other; two networks cannot overlap in another way.
[[nodiscard]] bool overlap(const IpNetwork& left, const IpNetwork& right);

// Hosts are numbered from 1 on. Of IPv4 the first and the last address of a network are no host's (the
// network itself and its broadcast; both are with prefixes 31 and 32, RFC 3021), of IPv6 the first (the
// anycast of its routers, RFC 4291 2.6.1). Beyond 2^63 - 1 they are not counted.

[[nodiscard]] std::uint64_t host_count(const IpNetwork& network);
/// `number` from 1 to host_count.
[[nodiscard]] IpAddress host_at(const IpNetwork& network, std::uint64_t number);
/// Nothing for what is no host of it.
[[nodiscard]] std::optional<std::uint64_t> host_number(const IpNetwork& network, const IpAddress& address);

/// The longest IPv4 prefix whose network has so many hosts; pot's arithmetic of `-S`, from 2 on. Nothing if
/// none has.
[[nodiscard]] std::optional<int> ipv4_prefix_for(std::uint64_t hosts);

/// The first network of this prefix within `pool` that overlaps none of `taken`; nothing if there is none.
[[nodiscard]] std::optional<IpNetwork> first_free_network(const IpNetwork& pool, int prefix,
                                                          std::vector<IpNetwork> taken);

}  // namespace potd::core
