#pragma once

#include "core/base/result.hpp"
#include "core/model/hardware_address.hpp"
#include "core/model/ip_address.hpp"
#include "core/model/moved_interface.hpp"

#include <optional>
#include <string>
#include <vector>

namespace potd::core {

enum class NetworkType {
    Inherit,        ///< the host's
    None,           ///< its own, with loopback alone
    Alias,          ///< addresses of its own beside the host's, on interfaces of the host
    PublicBridge,   ///< on the bridge that all pots of this type share
    PrivateBridge,  ///< on bridges that somebody made
};

/// One interface of a pot: what of the host it hangs on, and the addresses that are the pot's alone there.
struct PotInterface {
    std::string interface;  ///< of the host
    std::vector<InterfaceAddress> addresses;
    friend bool operator==(const PotInterface&, const PotInterface&) = default;
};

/// What a pot wants of one family on a bridge.
struct AddressWish {
    enum class Kind {
        Any,    ///< an address of the bridge's choice if it has the family
        Auto,   ///< the same, and the bridge must have the family
        Given,  ///< this one
        None,
        Slaac,  ///< IPv6: what routers beyond the bridge's uplink let it make; the bridge must have one
    };
    Kind kind = Kind::Any;
    IpAddress address{};  ///< Given
    friend bool operator==(const AddressWish&, const AddressWish&) = default;
};

/// One interface of a pot that hangs on a bridge.
struct BridgeInterface {
    std::string bridge;
    AddressWish ipv4, ipv6;                   ///< not both None
    std::optional<HardwareAddress> hardware;  ///< unset: made of the pot's id, always the same
    friend bool operator==(const BridgeInterface&, const BridgeInterface&) = default;
};

/// How a pot is connected.
struct NetworkSpec {
    NetworkType type = NetworkType::Inherit;
    std::vector<PotInterface> interfaces;  ///< Alias: at least one, in the order given; else none
    /// PublicBridge, PrivateBridge: at least one, each of another bridge; else none. The first is the pot's
    /// way out, and with PublicBridge it is on the public one.
    std::vector<BridgeInterface> bridges{};
    /// Of the host's own, in the pot while it runs; not with Inherit.
    std::vector<MovedInterface> devices{};
    friend bool operator==(const NetworkSpec&, const NetworkSpec&) = default;
};

/// InvalidArgument with the field ("network.interfaces[0].addresses[1]"). Whether the host has such an
/// interface is seen when the pot starts.
[[nodiscard]] Status validate(const NetworkSpec& network);

/// An address of a pot and where it stands in the spec.
struct PlacedAddress {
    std::string interface;
    IpAddress address;
    std::string field;
};

/// All addresses, IPv4 before IPv6, else in the order given: pot's order.
[[nodiscard]] std::vector<PlacedAddress> addresses_of(const NetworkSpec& network);

/// The same of what its devices are given, which is nobody else's matter: they are on networks of their own.
[[nodiscard]] std::vector<PlacedAddress> addresses_of_devices(const NetworkSpec& network);

/// The first address of `before` that `after` has not, on the same interface.
[[nodiscard]] std::optional<PlacedAddress> given_up_address(const NetworkSpec& before,
                                                            const NetworkSpec& after);

/// Whether the pot hangs on bridges, and so can publish ports.
[[nodiscard]] bool is_bridged(const NetworkSpec& network) noexcept;

[[nodiscard]] bool has_address(const NetworkSpec& network, IpAddress::Family family);

}  // namespace potd::core
