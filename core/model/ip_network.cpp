#include "core/model/ip_network.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <limits>

namespace potd::core {
namespace {

using Family = IpAddress::Family;

constexpr std::uint64_t most_hosts = std::numeric_limits<std::int64_t>::max();

std::size_t size_of(const IpAddress& address) {
    return address.family == Family::V4 ? 4 : 16;
}

IpAddress without_host_bits(IpAddress address, int prefix) {
    for (std::size_t i = 0; i < address.bytes.size(); ++i) {
        const int bits = std::clamp(prefix - static_cast<int>(i) * 8, 0, 8);
        address.bytes.at(i) &= static_cast<std::uint8_t>(0xff00U >> static_cast<unsigned>(bits));
    }
    return address;
}

/// Nothing if it runs over the end of all addresses.
std::optional<IpAddress> plus(IpAddress address, std::uint64_t number) {
    unsigned carry = 0;
    for (std::size_t i = size_of(address); i-- > 0;) {
        const unsigned sum = address.bytes.at(i) + static_cast<unsigned>(number & 0xffU) + carry;
        address.bytes.at(i) = static_cast<std::uint8_t>(sum);
        carry = sum >> 8U;
        number >>= 8U;
    }
    if (carry != 0 || number != 0) return std::nullopt;
    return address;
}

/// Both of one network; the bits of the address beyond its prefix, if they are a number we count.
std::optional<std::uint64_t> offset_in(const IpNetwork& network, const IpAddress& address) {
    std::uint64_t offset = 0;
    for (std::size_t i = 0; i < size_of(address); ++i) {
        const unsigned difference = address.bytes.at(i) ^ network.first.bytes.at(i);
        if (offset > most_hosts >> 8U) return std::nullopt;
        offset = offset << 8U | difference;
    }
    return offset;
}

bool has_broadcast(const IpNetwork& network) {
    constexpr int point_to_point = 31;
    return network.first.family == Family::V4 && network.prefix < point_to_point;
}

/// What host number 1 is away from the network's first address.
std::uint64_t first_offset(const IpNetwork& network) {
    return has_broadcast(network) || network.first.family == Family::V6 ? 1 : 0;
}

/// The first address behind it.
std::optional<IpAddress> end_of(const IpNetwork& network) {
    IpAddress last = network.first;
    for (std::size_t i = 0; i < size_of(last); ++i) {
        const int bits = std::clamp(network.prefix - static_cast<int>(i) * 8, 0, 8);
        last.bytes.at(i) |= static_cast<std::uint8_t>(0xffU >> static_cast<unsigned>(bits));
    }
    return plus(last, 1);
}

}  // namespace

IpNetwork network_of(const IpAddress& address, int prefix) {
    return {without_host_bits(address, prefix), prefix};
}

Result<IpNetwork> parse_ip_network(std::string_view text, std::string_view field) {
    const auto refuse = [&](const std::string& expected) {
        return invalid_field(std::string(field), std::string(text), expected);
    };
    const std::size_t slash = text.find('/');
    const auto address = parse_ip_address(text.substr(0, slash));
    if (!address || slash == std::string_view::npos)
        return refuse("a network like 10.192.0.0/10 or fd00:1::/64");
    const std::string_view digits = text.substr(slash + 1);
    int prefix = -1;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), prefix);
    const bool whole = read.ec == std::errc() && read.ptr == digits.data() + digits.size();
    if (!whole || prefix < 0 || prefix > address->bits())
        return refuse("a prefix length from 0 to " + std::to_string(address->bits()));
    const IpNetwork network = network_of(*address, prefix);
    if (!(network.first == *address)) return refuse("a network's first address, " + to_string(network));
    return network;
}

std::string to_string(const IpNetwork& network) {
    return to_string(network.first) + "/" + std::to_string(network.prefix);
}

bool overlap(const IpNetwork& left, const IpNetwork& right) {
    return same_network(left.first, right.first, std::min(left.prefix, right.prefix));
}

std::uint64_t host_count(const IpNetwork& network) {
    constexpr int countable = 63;
    const int bits = network.first.bits() - network.prefix;
    if (bits >= countable) return most_hosts;
    const std::uint64_t all = std::uint64_t{1} << static_cast<unsigned>(bits);
    return all - first_offset(network) - (has_broadcast(network) ? 1 : 0);
}

IpAddress host_at(const IpNetwork& network, std::uint64_t number) {
    return plus(network.first, number - 1 + first_offset(network)).value_or(network.first);
}

std::optional<std::uint64_t> host_number(const IpNetwork& network, const IpAddress& address) {
    if (!network.contains(address)) return std::nullopt;
    const auto offset = offset_in(network, address);
    const std::uint64_t before = first_offset(network);
    if (!offset || *offset < before) return std::nullopt;
    const std::uint64_t number = *offset - before + 1;
    return number <= host_count(network) ? std::optional(number) : std::nullopt;
}

std::optional<int> ipv4_prefix_for(std::uint64_t hosts) {
    constexpr int longest = 30;
    for (int prefix = longest; prefix >= 0; --prefix)
        if (host_count({{}, prefix}) >= hosts) return prefix;
    return std::nullopt;
}

std::optional<IpNetwork> first_free_network(const IpNetwork& pool, int prefix, std::vector<IpNetwork> taken) {
    if (prefix < pool.prefix || prefix > pool.first.bits()) return std::nullopt;
    std::erase_if(taken, [&](const IpNetwork& one) { return !overlap(one, pool); });
    std::sort(taken.begin(), taken.end());
    IpNetwork candidate{pool.first, prefix};
    for (const IpNetwork& one : taken) {
        if (!overlap(one, candidate)) continue;
        // Behind the larger of both: networks begin at multiples of their size.
        const auto next = end_of(one.prefix < prefix ? one : candidate);
        if (!next || !pool.contains(*next)) return std::nullopt;
        candidate.first = *next;
    }
    return candidate;
}

}  // namespace potd::core
