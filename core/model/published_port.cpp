#include "core/model/published_port.hpp"

#include <array>
#include <charconv>
#include <cstddef>
#include <utility>

namespace potd::core {
namespace {

using Protocol = PublishedPort::Protocol;

constexpr int last_port = 65'535;
constexpr int most_ports = 1024;

constexpr std::array protocol_words{std::pair{Protocol::Tcp, std::string_view("tcp")},
                                    std::pair{Protocol::Udp, std::string_view("udp")},
                                    std::pair{Protocol::Sctp, std::string_view("sctp")}};

std::optional<int> port_number(std::string_view text) {
    int number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool whole = !text.empty() && read.ec == std::errc() && read.ptr == text.data() + text.size();
    return whole && number >= 1 && number <= last_port ? std::optional(number) : std::nullopt;
}

/// "80", or "8000-8009".
struct PortRow {
    int first = 0, count = 0;
};

std::optional<PortRow> port_row(std::string_view text) {
    const std::size_t dash = text.find('-');
    const auto first = port_number(text.substr(0, dash));
    if (!first) return std::nullopt;
    if (dash == std::string_view::npos) return PortRow{*first, 1};
    const auto last = port_number(text.substr(dash + 1));
    if (!last || *last < *first) return std::nullopt;
    return PortRow{*first, *last - *first + 1};
}

std::string row_text(int first, int count) {
    std::string text = std::to_string(first);
    return count > 1 ? text + "-" + std::to_string(first + count - 1) : text;
}

/// What is before the next colon; the rest, behind it, remains. An address has colons of its own, but stands
/// last.
std::string_view take_part(std::string_view& rest) {
    const std::size_t colon = rest.find(':');
    const std::string_view part = rest.substr(0, colon);
    rest = colon == std::string_view::npos ? std::string_view() : rest.substr(colon + 1);
    return part;
}

std::string port_field(std::size_t index, std::string_view part) {
    return "ports[" + std::to_string(index) + "]." + std::string(part);
}

bool fits(int first, int count) {
    return first >= 1 && first <= last_port && count >= 1 && first + count - 1 <= last_port;
}

Status check_numbers(const PublishedPort& port, std::size_t index) {
    if (!fits(port.container, port.count))
        return invalid_field(port_field(index, "container"), row_text(port.container, port.count),
                             "a port from 1 to 65535");
    if (port.host && !fits(*port.host, port.count))
        return invalid_field(port_field(index, "host"), row_text(*port.host, port.count),
                             "a port from 1 to 65535");
    return {};
}

}  // namespace

std::string_view to_string(Protocol protocol) noexcept {
    for (const auto& [known, word] : protocol_words)
        if (known == protocol) return word;
    return protocol_words.front().second;
}

std::optional<Protocol> port_protocol_from(std::string_view text) noexcept {
    for (const auto& [known, word] : protocol_words)
        if (word == text) return known;
    return std::nullopt;
}

Result<PublishedPort> parse_published_port(std::string_view text, std::string_view field) {
    const auto refuse = [&](std::string_view expected) { return invalid_field(field, text, expected); };
    PublishedPort port;
    std::string_view rest = text;
    std::string_view part = take_part(rest);
    if (const auto protocol = port_protocol_from(part)) {
        port.protocol = *protocol;
        part = take_part(rest);
    }
    const auto inside = port_row(part);
    if (!inside) return refuse("[tcp:|udp:|sctp:]POT_PORT[:HOST_PORT[@ADDRESS]] with ports from 1 to 65535");
    port.container = inside->first;
    port.count = inside->count;
    if (rest.empty() && !text.ends_with(':')) return port;
    const std::size_t at = rest.find('@');
    const auto outside = port_row(rest.substr(0, at));
    if (!outside) return refuse("a port of the host from 1 to 65535 behind the last colon");
    if (outside->count != port.count) return refuse("as many ports of the host as of the pot");
    port.host = outside->first;
    if (at == std::string_view::npos) return port;
    port.address = parse_ip_address(rest.substr(at + 1));
    if (!port.address) return refuse("an address of the host behind the @");
    return port;
}

std::string to_string(const PublishedPort& port) {
    std::string text = std::string(to_string(port.protocol)) + ":" + row_text(port.container, port.count);
    if (port.host) text += ":" + row_text(*port.host, port.count);
    if (port.host && port.address) text += "@" + to_string(*port.address);
    return text;
}

bool overlap_on_host(const std::optional<IpAddress>& left, const std::optional<IpAddress>& right) {
    if (!left || !right) return true;
    const bool any = is_unspecified(*left) || is_unspecified(*right);
    return *left == *right || (any && left->family == right->family);
}

bool clash(const PublishedPort& left, const PublishedPort& right) {
    if (left.protocol != right.protocol || !left.host || !right.host) return false;
    return overlap_on_host(left.address, right.address) && *left.host < *right.host + right.count &&
           *right.host < *left.host + left.count;
}

Status validate(const std::vector<PublishedPort>& ports) {
    int all = 0;
    for (std::size_t i = 0; i < ports.size(); ++i) {
        if (Status numbers = check_numbers(ports[i], i); !numbers) return numbers;
        all += ports[i].count;
        if (all > most_ports) return invalid_field("ports", std::to_string(all) + " ports", "at most 1024");
        for (std::size_t j = 0; j < i; ++j) {
            if (clash(ports[i], ports[j]))
                return invalid_field(port_field(i, "host"), to_string(ports[i]),
                                     "each port of the host once; ports[" + std::to_string(j) + "] has it");
        }
    }
    return {};
}

}  // namespace potd::core
