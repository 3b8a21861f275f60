#include "daemon/platform/freebsd/pure/jail_parameters.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>

#include <sys/types.h>
// after sys/types.h
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace potd::platform {
namespace {

// CTLTYPE_… of <sys/sysctl.h>, which Linux has not.
constexpr unsigned type_mask = 0xf, type_int = 2, type_text = 3, type_s64 = 4, type_struct = 5, type_uint = 6,
                   type_long = 7, type_ulong = 8, type_u64 = 9;

template <class Number>
std::string bytes_of(Number value) {
    std::string bytes(sizeof value, '\0');
    std::memcpy(bytes.data(), &value, sizeof value);
    return bytes;
}

template <class Number>
core::Result<std::string> number_bytes(std::string_view text, std::string_view field) {
    Number value{};
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failure != std::errc{} || end != text.data() + text.size())
        return core::invalid_field(field, text, "a whole number");
    return bytes_of(value);
}

core::Result<std::string> mode_bytes(std::string_view text, std::string_view field) {
    constexpr std::array<std::string_view, 3> modes{"disable", "new", "inherit"};
    const auto* const found = std::find(modes.begin(), modes.end(), text);
    if (found == modes.end()) return core::invalid_field(field, text, "new, inherit or disable");
    return bytes_of(static_cast<std::int32_t>(found - modes.begin()));
}

core::Result<std::string> address_bytes(int family, std::string_view text, std::string_view field) {
    std::string bytes;
    while (!text.empty()) {
        const std::size_t comma = std::min(text.find(','), text.size());
        const std::string one(text.substr(0, comma));
        std::array<char, sizeof(in6_addr)> address{};
        if (::inet_pton(family, one.c_str(), address.data()) != 1)
            return core::invalid_field(field, one, family == AF_INET ? "IPv4 addresses" : "IPv6 addresses");
        bytes.append(address.data(), family == AF_INET ? sizeof(in_addr) : sizeof(in6_addr));
        text.remove_prefix(std::min(comma + 1, text.size()));
    }
    return bytes;
}

core::Result<std::string> value_bytes(JailParameterKind kind, std::string_view text, std::string_view field) {
    switch (kind) {
        case JailParameterKind::Number: return number_bytes<std::int32_t>(text, field);
        case JailParameterKind::Long: return number_bytes<std::int64_t>(text, field);
        case JailParameterKind::Mode: return mode_bytes(text, field);
        case JailParameterKind::Text: return std::string(text) + '\0';
        case JailParameterKind::Inet4: return address_bytes(AF_INET, text, field);
        case JailParameterKind::Inet6: return address_bytes(AF_INET6, text, field);
        default: break;
    }
    return core::invalid_field(field, text, "a parameter that can be given as text");
}

bool equal_in_any_case(std::string_view text, std::string_view word) {
    return text.size() == word.size() &&
           std::equal(text.begin(), text.end(), word.begin(),
                      [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; });
}

}  // namespace

JailParameterKind jail_parameter_kind(unsigned type, std::string_view format) {
    switch (type & type_mask) {
        case type_int:
        case type_uint:
            if (format.starts_with("B")) return JailParameterKind::Flag;
            return format == "E,jailsys" ? JailParameterKind::Mode : JailParameterKind::Number;
        case type_long:
        case type_ulong:
        case type_s64:
        case type_u64: return JailParameterKind::Long;
        case type_text: return JailParameterKind::Text;
        case type_struct:
            if (format == "S,in_addr") return JailParameterKind::Inet4;
            return format == "S,in6_addr" ? JailParameterKind::Inet6 : JailParameterKind::Unknown;
        default: return JailParameterKind::Unknown;
    }
}

std::string negated(std::string_view flag) {
    const std::size_t dot = flag.rfind('.');
    const std::size_t last = dot == std::string_view::npos ? 0 : dot + 1;
    return std::string(flag.substr(0, last)) + "no" + std::string(flag.substr(last));
}

JailParameter jail_flag(std::string_view name, bool on) {
    return {on ? std::string(name) : negated(name), {}, false};
}

JailParameter jail_number(std::string_view name, std::int32_t value) {
    return {std::string(name), bytes_of(value), true};
}

JailParameter jail_text(std::string_view name, std::string_view value) {
    return {std::string(name), std::string(value) + '\0', true};
}

core::Result<JailParameter> parse_jail_parameter(const JailParameterKinds& known, std::string_view name,
                                                 std::string_view text, std::string_view field) {
    const auto found = known.find(name);
    if (found == known.end()) {
        core::Error error =
            core::error(core::ErrorKind::Unsupported, std::string(field) + ": \"" + std::string(name) +
                                                          "\" is no jail parameter of this kernel");
        error.field = field;
        return error;
    }
    if (found->second == JailParameterKind::Flag) {
        const auto on = parse_switch(text, field);
        if (!on) return on.error();
        return jail_flag(name, on.value());
    }
    auto bytes = value_bytes(found->second, text, field);
    if (!bytes) return std::move(bytes).error();
    return JailParameter{std::string(name), std::move(bytes).value(), true};
}

core::Result<bool> parse_switch(std::string_view text, std::string_view field) {
    for (const std::string_view word : {"true", "yes", "on", "1"}) {
        if (equal_in_any_case(text, word)) return true;
    }
    for (const std::string_view word : {"false", "no", "off", "0"}) {
        if (equal_in_any_case(text, word)) return false;
    }
    return core::invalid_field(field, text, "yes or no");
}

}  // namespace potd::platform
