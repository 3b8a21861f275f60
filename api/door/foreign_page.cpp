#include "api/door/foreign_page.hpp"

#include <string>

namespace potd::api {
namespace {

/// "http://a.example:80" -> "a.example:80"; empty for "null" and the like.
std::string_view authority_of(std::string_view origin) {
    constexpr std::string_view mark = "://";
    const auto at = origin.find(mark);
    return at == std::string_view::npos ? std::string_view() : origin.substr(at + mark.size());
}

/// A name of the DNS with a dot, whose owner decides where it leads: no address, and none that is the
/// client's own way of writing a socket's path, with escapes, which browsers send none of. Of other odd
/// characters they do, as '~'.
bool is_public_name(std::string_view host) {
    std::string_view name = host.substr(0, host.rfind(':'));
    if (name.starts_with('[') || name.find('%') != std::string_view::npos) return false;
    if (name.ends_with('.')) name.remove_suffix(1);
    const auto dot = name.rfind('.');
    if (dot == std::string_view::npos) return false;
    const std::string_view last = name.substr(dot + 1);
    return last.find_first_not_of("0123456789") != std::string_view::npos &&
           !equal_ignoring_case(last, "localhost");
}

core::Error refused_header(std::string_view header, std::string_view why) {
    core::Error error =
        core::error(core::ErrorKind::PermissionDenied, std::string(header) + ": " + std::string(why));
    error.field = header;
    return error;
}

}  // namespace

core::Status check_page(const Request& request) {
    if (request.header("Authorization")) return {};
    const std::string_view host = request.authority;
    if (const auto origin = request.header("Origin")) {
        const std::string_view page = authority_of(*origin);
        if (page.empty() || !equal_ignoring_case(page, host))
            return refused_header("Origin", "pages of other sites may ask nothing without a token");
    }
    // Whoever owns a name can let it lead to a socket that is forwarded (DNS rebinding).
    if (request.peer.uid >= 0 && is_public_name(host))
        return refused_header("Host",
                              "expected localhost, an address or another name without a dot at the socket");
    return {};
}

}  // namespace potd::api
