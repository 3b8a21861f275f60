#pragma once

#include "core/model/bridge.hpp"
#include "core/model/hardware_address.hpp"
#include "core/model/published_port.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace potd::core {

/// An interface of a pot on a bridge, with all that was left open decided.
struct Connection {
    Bridge bridge;
    std::optional<IpAddress> ipv4,
        ipv6;  ///< at least one, of families the bridge has; none if it has an uplink
    HardwareAddress hardware{};
    friend bool operator==(const Connection&, const Connection&) = default;
};

/// Ports of the host that lead to ports of a pot.
struct PortForward {
    PublishedPort::Protocol protocol = PublishedPort::Protocol::Tcp;
    int host = 0;                         ///< the first
    int container = 0;                    ///< the first
    int count = 1;                        ///< so many, one after the other on both sides
    std::optional<IpAddress> address;     ///< of the host; unset: all it has of the families below
    std::optional<IpAddress> ipv4, ipv6;  ///< the pot's; of a family that is unset nothing is led to it
    bool own_ipv6 = false;                ///< `ipv6` is reached from everywhere at the pot's own ports, too
    friend bool operator==(const PortForward&, const PortForward&) = default;
};

/// What a pot may receive and send at most, by all its interfaces together: bytes a second, 0 = no limit.
struct TrafficRates {
    std::int64_t rx = 0, tx = 0;
    [[nodiscard]] bool empty() const noexcept { return rx == 0 && tx == 0; }
    friend bool operator==(const TrafficRates&, const TrafficRates&) = default;
};

/// How a pot is connected by bridges.
struct Connections {
    std::vector<Connection> interfaces;  ///< the first is its way out
    std::vector<PortForward> ports;
    TrafficRates rates{};
    friend bool operator==(const Connections&, const Connections&) = default;
};

}  // namespace potd::core
