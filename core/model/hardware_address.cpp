#include "core/model/hardware_address.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>

namespace potd::core {
namespace {

constexpr std::size_t text_size = 17;

std::optional<HardwareAddress> read(std::string_view text) {
    HardwareAddress address{};
    if (text.size() != text_size) return std::nullopt;
    for (std::size_t i = 0; i < address.size(); ++i) {
        const char* const digits = text.data() + 3 * i;
        const auto end = std::from_chars(digits, digits + 2, address.at(i), 16);
        if (end.ec != std::errc() || end.ptr != digits + 2) return std::nullopt;
        if (i > 0 && digits[-1] != ':') return std::nullopt;
    }
    return address;
}

}  // namespace

Result<HardwareAddress> parse_hardware_address(std::string_view text, std::string_view field) {
    const auto address = read(text);
    const bool group = address && ((*address)[0] & 1U) != 0;
    if (address && !group && *address != HardwareAddress{}) return *address;
    return invalid_field(field, text, "the hardware address of one station, like 02:00:5e:10:00:01");
}

std::string to_string(const HardwareAddress& address) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const std::uint8_t byte : address) {
        if (!text.empty()) text += ':';
        text += digits[byte >> 4U];
        text += digits[byte & 0xfU];
    }
    return text;
}

IpAddress eui64_address(const IpAddress& prefix, const HardwareAddress& hardware) {
    IpAddress address = prefix;
    const auto middle = address.bytes.begin() + 8;
    std::copy(hardware.begin(), hardware.begin() + 3, middle);
    std::copy(hardware.begin() + 3, hardware.end(), middle + 5);
    middle[0] ^= 2U;
    middle[3] = 0xff;
    middle[4] = 0xfe;
    return address;
}

IpAddress link_local_address(const HardwareAddress& hardware) {
    IpAddress network;
    network.family = IpAddress::Family::V6;
    network.bytes[0] = 0xfe;
    network.bytes[1] = 0x80;
    return eui64_address(network, hardware);
}

HardwareAddress made_hardware_address(std::string_view seed) {
    std::uint64_t hash = 0xcbf29ce484222325U;  // FNV-1a
    for (const char c : seed) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
    HardwareAddress address{};
    for (std::uint8_t& byte : address) {
        byte = static_cast<std::uint8_t>(hash);
        hash >>= 8U;
    }
    address[0] = static_cast<std::uint8_t>((address[0] & 0xfcU) | 2U);
    return address;
}

}  // namespace potd::core
