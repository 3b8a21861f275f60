#pragma once

#include "core/model/ip_address.hpp"

#include <string>
#include <vector>

namespace potd::core {

/// What a pot has of bridges and of the host's ports: its alone from its creation or change until it is
/// destroyed or gives it up, whether it runs or not (invariant I6 of the design).
struct Leases {
    struct Address {
        std::string bridge;
        IpAddress address;
        friend bool operator==(const Address&, const Address&) = default;
    };
    /// For each of the spec's bridges, in their order, at most one of each family, IPv4 first.
    std::vector<Address> addresses;
    /// For each of the spec's ports the host's, of a row the first.
    std::vector<int> host_ports;

    friend bool operator==(const Leases&, const Leases&) = default;
    [[nodiscard]] bool empty() const { return addresses.empty() && host_ports.empty(); }
};

}  // namespace potd::core
