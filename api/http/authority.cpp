#include "api/http/authority.hpp"

#include "core/model/ip_address.hpp"

#include <algorithm>

namespace potd::api {
namespace {

constexpr std::string_view hex_digits = "0123456789abcdefABCDEF";
constexpr std::string_view decimals = "0123456789";
/// Unreserved and sub-delims of RFC 3986.
constexpr std::string_view of_names =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~!$&'()*+,;=";

/// Also with escapes, by which some clients name a socket's path.
bool is_registered_name(std::string_view text) {
    while (!text.empty()) {
        const bool escaped = text.front() == '%';
        if (escaped &&
            (text.size() < 3 || text.substr(1, 2).find_first_not_of(hex_digits) != std::string_view::npos))
            return false;
        if (!escaped && of_names.find(text.front()) == std::string_view::npos) return false;
        text.remove_prefix(escaped ? 3 : 1);
    }
    return true;
}

bool is_port(std::string_view text) {
    constexpr std::size_t longest = 5;
    return text.size() <= longest && text.find_first_not_of(decimals) == std::string_view::npos;
}

}  // namespace

bool is_authority(std::string_view text) {
    const bool bracketed = text.starts_with('[');
    const std::size_t end = bracketed ? text.find(']') : std::min(text.find(':'), text.size());
    if (end == std::string_view::npos) return false;
    const std::string_view host = text.substr(bracketed ? 1 : 0, bracketed ? end - 1 : end);
    const std::string_view rest = text.substr(bracketed ? end + 1 : end);
    if (!rest.empty() && (rest.front() != ':' || !is_port(rest.substr(1)))) return false;
    if (!bracketed) return is_registered_name(host);
    return host.find(':') != std::string_view::npos && core::parse_ip_address(host);
}

}  // namespace potd::api
