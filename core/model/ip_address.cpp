#include "core/model/ip_address.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>

namespace potd::core {
namespace {

using Family = IpAddress::Family;

constexpr std::size_t groups_of_v6 = 8;

/// A number without sign and leading zeros, at most `most`.
std::optional<int> plain_number(std::string_view text, int most) {
    const bool digits = !text.empty() && text.size() <= 3 &&
                        std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (!digits || (text.size() > 1 && text.front() == '0')) return std::nullopt;
    int value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value <= most ? std::optional(value) : std::nullopt;
}

bool parse_v4(std::string_view text, std::uint8_t* bytes) {
    for (std::size_t i = 0; i < 4; ++i) {
        const std::size_t dot = text.find('.');
        if ((dot == std::string_view::npos) != (i == 3)) return false;
        const auto part = plain_number(text.substr(0, dot), 255);
        if (!part) return false;
        bytes[i] = static_cast<std::uint8_t>(*part);
        if (i < 3) text.remove_prefix(dot + 1);
    }
    return true;
}

/// Groups of 16 bits, of which the last two may be written as an IPv4 address.
struct Groups {
    std::array<std::uint8_t, 16> bytes{};
    std::size_t count = 0;

    bool add(std::string_view text, bool last) {
        if (last && text.find('.') != std::string_view::npos) {
            if (count + 2 > groups_of_v6 || !parse_v4(text, &bytes[2 * count])) return false;
            count += 2;
            return true;
        }
        if (count == groups_of_v6 || text.empty() || text.size() > 4) return false;
        unsigned value = 0;
        const char* const end = text.data() + text.size();
        if (std::from_chars(text.data(), end, value, 16).ptr != end) return false;
        bytes[2 * count] = static_cast<std::uint8_t>(value >> 8U);
        bytes[2 * count + 1] = static_cast<std::uint8_t>(value);
        ++count;
        return true;
    }
};

/// "2001:db8" and the like, possibly nothing. `tail`: it ends the address.
bool parse_groups(std::string_view text, bool tail, Groups& groups) {
    while (!text.empty()) {
        const std::size_t colon = text.find(':');
        const bool last = colon == std::string_view::npos;
        if (!groups.add(text.substr(0, colon), last && tail)) return false;
        if (last) return true;
        text.remove_prefix(colon + 1);
        if (text.empty()) return false;
    }
    return true;
}

bool parse_v6(std::string_view text, std::array<std::uint8_t, 16>& bytes) {
    Groups head;
    const std::size_t gap = text.find("::");
    if (gap == std::string_view::npos) {
        if (!parse_groups(text, true, head) || head.count != groups_of_v6) return false;
        bytes = head.bytes;
        return true;
    }
    Groups tail;
    if (!parse_groups(text.substr(0, gap), false, head) || !parse_groups(text.substr(gap + 2), true, tail))
        return false;
    if (head.count + tail.count >= groups_of_v6) return false;
    bytes = head.bytes;
    std::copy_n(tail.bytes.begin(), 2 * tail.count,
                bytes.end() - static_cast<std::ptrdiff_t>(2 * tail.count));
    return true;
}

/// The longest run of zero groups, of at least two; the first one of several.
struct Zeros {
    std::size_t first = groups_of_v6, count = 1;
};

Zeros longest_zeros(const std::array<std::uint8_t, 16>& bytes) {
    Zeros longest;
    for (std::size_t i = 0; i < groups_of_v6;) {
        std::size_t end = i;
        while (end < groups_of_v6 && bytes[2 * end] == 0 && bytes[2 * end + 1] == 0) ++end;
        if (end - i > longest.count) longest = {i, end - i};
        i = std::max(end, i + 1);
    }
    return longest;
}

std::string v6_text(const std::array<std::uint8_t, 16>& bytes) {
    const Zeros zeros = longest_zeros(bytes);
    std::string text;
    for (std::size_t i = 0; i < groups_of_v6;) {
        if (i == zeros.first) {
            text += "::";
            i += zeros.count;
            continue;
        }
        if (!text.empty() && text.back() != ':') text += ':';
        std::array<char, 4> digits{};
        const unsigned value = static_cast<unsigned>(bytes[2 * i]) << 8U | bytes[2 * i + 1];
        text.append(digits.data(), std::to_chars(digits.data(), digits.data() + 4, value, 16).ptr);
        ++i;
    }
    return text;
}

/// True if all bits from `prefix` on have the value.
bool rest_is(const IpAddress& address, int prefix, bool value) {
    for (int bit = prefix; bit < address.bits(); ++bit) {
        const bool set = (address.bytes[static_cast<std::size_t>(bit / 8)] >> (7 - bit % 8) & 1) != 0;
        if (set != value) return false;
    }
    return true;
}

bool is_zero(const IpAddress& address, std::size_t first, std::size_t count) {
    return std::all_of(address.bytes.begin() + static_cast<std::ptrdiff_t>(first),
                       address.bytes.begin() + static_cast<std::ptrdiff_t>(first + count),
                       [](std::uint8_t byte) { return byte == 0; });
}

/// What an address is that no host can have for others (RFC 6890); empty if one can.
std::string_view why_no_host_v4(const IpAddress& address) {
    const std::uint8_t first = address.bytes[0];
    if (first == 0) return is_zero(address, 1, 3) ? "the unspecified address" : "an address of no network";
    if (first == 127) return "a loopback address";
    if (first < 224) return {};
    if (first < 240) return "a multicast address";
    return rest_is(address, 0, true) ? "the broadcast address" : "a reserved address";
}

std::string_view why_no_host_v6(const IpAddress& address) {
    const auto& bytes = address.bytes;
    if (is_zero(address, 0, 16)) return "the unspecified address";
    if (is_zero(address, 0, 15) && bytes[15] == 1) return "a loopback address";
    if (is_zero(address, 0, 10) && bytes[10] == 0xff && bytes[11] == 0xff) return "an IPv4-mapped address";
    if (bytes[0] == 0xff) return "a multicast address";
    if (bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80) return "a link-local address";
    return {};
}

std::string_view why_no_host(const InterfaceAddress& of) {
    const bool v4 = of.address.family == Family::V4;
    if (const std::string_view why = v4 ? why_no_host_v4(of.address) : why_no_host_v6(of.address);
        !why.empty())
        return why;
    // In networks of two and of one there is no address for the whole (RFC 3021, RFC 6164).
    if (!of.prefix || *of.prefix >= of.address.bits() - 1) return {};
    if (rest_is(of.address, *of.prefix, false)) return "the address of the whole network";
    return v4 && rest_is(of.address, *of.prefix, true) ? "the broadcast address of its network" : "";
}

}  // namespace

std::optional<IpAddress> parse_ip_address(std::string_view text) {
    IpAddress address;
    if (text.find(':') == std::string_view::npos) {
        if (!parse_v4(text, address.bytes.data())) return std::nullopt;
        return address;
    }
    address.family = Family::V6;
    if (!parse_v6(text, address.bytes)) return std::nullopt;
    return address;
}

std::string to_string(const IpAddress& address) {
    if (address.family == Family::V6) return v6_text(address.bytes);
    std::string text;
    for (std::size_t i = 0; i < 4; ++i) text += (i == 0 ? "" : ".") + std::to_string(address.bytes[i]);
    return text;
}

bool is_loopback(const IpAddress& address) {
    constexpr std::uint8_t first_of_v4 = 127;
    if (address.family == IpAddress::Family::V4) return address.bytes[0] == first_of_v4;
    return is_zero(address, 0, 15) && address.bytes[15] == 1;
}

bool is_unspecified(const IpAddress& address) {
    return is_zero(address, 0, address.bytes.size());
}

bool same_network(const IpAddress& left, const IpAddress& right, int prefix) {
    if (left.family != right.family || prefix > left.bits()) return false;
    const auto whole = static_cast<std::size_t>(prefix / 8);
    if (!std::equal(left.bytes.begin(), left.bytes.begin() + static_cast<std::ptrdiff_t>(whole),
                    right.bytes.begin()))
        return false;
    const int rest = prefix % 8;
    return rest == 0 || ((left.bytes[whole] ^ right.bytes[whole]) >> (8 - rest)) == 0;
}

Result<InterfaceAddress> parse_interface_address(std::string_view text, std::string_view field) {
    const std::size_t slash = text.find('/');
    const auto refuse = [&](std::string_view expected) { return invalid_field(field, text, expected); };
    const auto address = parse_ip_address(text.substr(0, slash));
    if (!address) return refuse("an IPv4 or IPv6 address like 10.0.0.2, 10.0.0.2/24 or 2001:db8::2");
    InterfaceAddress result{*address, std::nullopt};
    if (slash != std::string_view::npos) {
        result.prefix = plain_number(text.substr(slash + 1), address->bits());
        if (!result.prefix || *result.prefix == 0)
            return refuse("a prefix length from 1 to " + std::to_string(address->bits()) +
                          " behind the slash");
    }
    if (const std::string_view why = why_no_host(result); !why.empty())
        return refuse("an address of one host; this is " + std::string(why));
    return result;
}

std::string to_string(const InterfaceAddress& address) {
    const std::string text = to_string(address.address);
    return address.prefix ? text + "/" + std::to_string(*address.prefix) : text;
}

}  // namespace potd::core
