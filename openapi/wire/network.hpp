#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace potd::wire {

/// One family of a network.
struct Subnet {
    std::string network;  ///< "10.193.0.0/24"
    std::string gateway;  ///< the host's own address on it
    friend bool operator==(const Subnet&, const Subnet&) = default;
};

/// A pot on a network.
struct NetworkUse {
    std::string pot;
    std::optional<std::string> ipv4, ipv6;
    friend bool operator==(const NetworkUse&, const NetworkUse&) = default;
};

/// A bridge of the host that pots hang on.
struct Network {
    std::string name, created_at;
    std::optional<Subnet> ipv4, ipv6;
    bool isolated = false;
    std::optional<std::string> uplink{};  ///< an interface of the host
    bool routed = false;
    std::vector<NetworkUse> used_by;
    friend bool operator==(const Network&, const Network&) = default;
};

struct NetworkList {
    std::vector<Network> items;
    std::optional<std::string> next;
    friend bool operator==(const NetworkList&, const NetworkList&) = default;
};

struct NetworkRequest {
    std::string name;
    std::optional<std::int64_t> hosts;      ///< so many IPv4 addresses, the gateway's included
    std::optional<std::string> ipv4, ipv6;  ///< auto, none or a network
    std::optional<bool> isolated;
    std::optional<std::string> uplink{};
    std::optional<bool> routed{};
    friend bool operator==(const NetworkRequest&, const NetworkRequest&) = default;
};

}  // namespace potd::wire
