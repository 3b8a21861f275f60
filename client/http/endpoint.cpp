#include "client/http/endpoint.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <system_error>

namespace potd::client {
namespace {

constexpr std::string_view expected = "unix:///path/of/potd.sock or https://host:port";

Failure wrong_url(std::string_view url) {
    return usage("'" + std::string(url) + "' is not an address of potd", "expected " + std::string(expected));
}

bool is_port(std::string_view port) {
    std::uint16_t number = 0;
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
    return error == std::errc() && end == port.data() + port.size() && number > 0;
}

Result<Endpoint> parse_authority(std::string_view url, std::string_view authority, bool tls) {
    Endpoint endpoint;
    endpoint.tls = tls;
    endpoint.port = tls ? "443" : "80";
    std::string_view rest;
    if (authority.starts_with('[')) {
        const std::size_t end = authority.find(']');
        if (end == std::string_view::npos) return wrong_url(url);
        endpoint.host = authority.substr(1, end - 1);
        rest = authority.substr(end + 1);
    } else {
        const std::size_t end = std::min(authority.find(':'), authority.size());
        endpoint.host = authority.substr(0, end);
        rest = authority.substr(end);
    }
    if (rest.starts_with(':')) endpoint.port = rest.substr(1);
    const bool odd_rest = !rest.empty() && rest.front() != ':';
    const bool odd_host = endpoint.host.empty() || endpoint.host.find('/') != std::string::npos;
    if (odd_host || odd_rest || !is_port(endpoint.port)) return wrong_url(url);
    return endpoint;
}

/// An IPv6 address in brackets, as in a URL.
std::string url_host(const std::string& host) {
    return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

bool is_of_this_machine(const Endpoint& endpoint) {
    const std::string_view host = endpoint.host;
    return !endpoint.socket.empty() || host == "localhost" || host == "::1" || host.starts_with("127.");
}

}  // namespace

std::string Endpoint::text() const {
    if (!socket.empty()) return socket;
    return (tls ? "https://" : "http://") + url_host(host) + ":" + port;
}

std::string Endpoint::authority() const {
    if (!socket.empty()) return "potd";
    const bool is_usual = port == (tls ? "443" : "80");
    return url_host(host) + (is_usual ? "" : ":" + port);
}

Result<Endpoint> parse_endpoint(std::string_view url) {
    std::string_view path = url;
    if (path.starts_with("unix:")) {
        path.remove_prefix(5);
        if (path.starts_with("//")) path.remove_prefix(2);
    }
    if (path.starts_with('/')) {
        Endpoint endpoint;
        endpoint.socket = path;
        return endpoint;
    }
    const bool tls = url.starts_with("https://");
    if (!tls && !url.starts_with("http://")) return wrong_url(url);
    std::string_view authority = url.substr(tls ? 8 : 7);
    if (authority.ends_with('/')) authority.remove_suffix(1);
    return parse_authority(url, authority, tls);
}

Status check_token(const Endpoint& endpoint, std::string_view token) {
    const bool is_visible =
        std::all_of(token.begin(), token.end(), [](char c) { return c > ' ' && c < 0x7F; });
    if (!is_visible) return usage("what is given as a token is none: it has blanks or control characters");
    if (token.empty() || endpoint.tls || is_of_this_machine(endpoint)) return Done{};
    return usage("the token is not sent to " + endpoint.text() + ", as it could be read on the way",
                 "https://" + endpoint.host);
}

}  // namespace potd::client
