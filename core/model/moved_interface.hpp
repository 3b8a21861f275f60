#pragma once

#include "core/base/result.hpp"
#include "core/model/ip_address.hpp"

#include <string>
#include <vector>

namespace potd::core {

struct NetworkSpec;

/// An interface of the host that is in the pot while it runs, and then the host's again.
struct MovedInterface {
    std::string interface;  ///< what the host calls it
    std::string name;       ///< what the pot calls it; empty: the same
    std::vector<InterfaceAddress> addresses;
    std::vector<IpAddress> gateways;  ///< of the default route, at most one a family
    friend bool operator==(const MovedInterface&, const MovedInterface&) = default;
};

[[nodiscard]] const std::string& name_in_pot(const MovedInterface& moved);

/// The name of an interface on Linux and FreeBSD. InvalidArgument with the field.
[[nodiscard]] Status check_interface_name(const std::string& name, const std::string& field);

/// The devices of a network: InvalidArgument with the field ("network.devices[0].name") for what no host
/// could do. Whether this one has such an interface is seen when the pot starts.
[[nodiscard]] Status check_moved_interfaces(const NetworkSpec& network);

}  // namespace potd::core
