#pragma once

#include "core/model/ip_address.hpp"
#include "daemon/platform/linux/netlink_message.hpp"

#include <cstdint>
#include <span>
#include <string_view>

/// The requests of rtnetlink(7) that give a pot its interfaces, and the host its bridges. Each is
/// acknowledged by the kernel.
namespace potd::platform {

enum class LinkKind {
    Macvlan,  ///< bridge mode: pots on one parent reach each other, nothing of them reaches the host itself
    Ipvlan,   ///< mode l2, with the parent's hardware address
};

/// A link on the interface `parent` of the asking socket's network namespace, made in the one `namespace_fd`
/// stands for. `hardware`: six bytes, for Macvlan.
[[nodiscard]] NetlinkMessage create_link(LinkKind kind, std::uint32_t parent, std::string_view name,
                                         int namespace_fd, std::span<const std::byte> hardware);

/// Both ends of a virtual cable: `host_name`, up, on the bridge with the number `bridge` in the network
/// namespace of the asking socket; and `name` in the one `namespace_fd` stands for. `hardware`: six bytes, of
/// the latter.
[[nodiscard]] NetlinkMessage create_cable(std::string_view host_name, std::uint32_t bridge,
                                          std::string_view name, int namespace_fd,
                                          std::span<const std::byte> hardware);
/// How a bridge treats one of its members. What a pot sends to a published port of its own may go back by the
/// link it came from: with br_netfilter that is decided on the bridge. `isolated`: what comes in by it goes
/// to no other member that is isolated, too.
[[nodiscard]] NetlinkMessage set_member(std::uint32_t index, bool isolated);
/// A link of the asking socket's network namespace becomes a member; nothing changes if it is one.
[[nodiscard]] NetlinkMessage join_bridge(std::uint32_t index, std::uint32_t bridge);

/// A bridge without members. `hardware`: six bytes.
[[nodiscard]] NetlinkMessage create_bridge(std::string_view name, std::span<const std::byte> hardware);
/// What stands beside the name of a link, for people and for whoever made it: at most 255 bytes.
[[nodiscard]] NetlinkMessage set_alias(std::string_view name, std::string_view alias);
[[nodiscard]] NetlinkMessage remove_link(std::uint32_t index);

/// Asks for a link by its name; the answer has a struct ifinfomsg with its number.
[[nodiscard]] NetlinkMessage find_link(std::string_view name);

[[nodiscard]] NetlinkMessage raise_link(std::uint32_t index);
[[nodiscard]] NetlinkMessage lower_link(std::uint32_t index);
/// While it is down: kernels before 6.2 rename no other.
[[nodiscard]] NetlinkMessage rename_link(std::uint32_t index, std::string_view name);
/// From the asking socket's network namespace into the one `namespace_fd` stands for, where it is called so
/// and is down. If only that name is refused (EEXIST) it is there by its old one.
[[nodiscard]] NetlinkMessage move_link(std::uint32_t index, int namespace_fd, std::string_view name);

/// `bytes`: 4 or 16. An IPv6 address does not wait for duplicates to show up.
[[nodiscard]] NetlinkMessage add_address(std::uint32_t index, std::span<const std::byte> bytes,
                                         std::uint8_t prefix);

/// The default route of the gateway's family (4 or 16 bytes), by this link.
[[nodiscard]] NetlinkMessage add_default_route(std::uint32_t index, std::span<const std::byte> gateway);

}  // namespace potd::platform
