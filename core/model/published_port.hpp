#pragma once

#include "core/base/result.hpp"
#include "core/model/ip_address.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace potd::core {

/// A port of the host that leads to one of a pot, or a row of such ports.
struct PublishedPort {
    enum class Protocol { Tcp, Udp, Sctp };
    Protocol protocol = Protocol::Tcp;
    int container = 0;        ///< inside the pot, the first one
    int count = 1;            ///< so many, one after the other on both sides
    std::optional<int> host;  ///< the first one; unset: chosen from the configured range
    /// Of the host. Unset: all it has, of both families; 0.0.0.0 and ::, all of theirs.
    std::optional<IpAddress> address;
    friend bool operator==(const PublishedPort&, const PublishedPort&) = default;
};

[[nodiscard]] std::string_view to_string(PublishedPort::Protocol protocol) noexcept;
[[nodiscard]] std::optional<PublishedPort::Protocol> port_protocol_from(std::string_view text) noexcept;

/// pot's form, `[PROTOCOL:]POT_PORT[:HOST_PORT]`, where each port may be a row ("8000-8009") and the host's
/// be followed by `@ADDRESS`: "udp:53:5353", "80", "80:8080@127.0.0.1". InvalidArgument with the field.
[[nodiscard]] Result<PublishedPort> parse_published_port(std::string_view text, std::string_view field);
[[nodiscard]] std::string to_string(const PublishedPort& port);

/// Whether ports on the one are in the way of the same ones on the other.
[[nodiscard]] bool overlap_on_host(const std::optional<IpAddress>& left,
                                   const std::optional<IpAddress>& right);
/// Whether both want the same port of the host. One without a host's port wants none in particular.
[[nodiscard]] bool clash(const PublishedPort& left, const PublishedPort& right);

/// InvalidArgument with the field ("ports[1].host") for numbers outside 1 to 65535, for more than 1024 ports
/// in all, and for two that clash.
[[nodiscard]] Status validate(const std::vector<PublishedPort>& ports);

}  // namespace potd::core
