#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <sys/types.h>
// after sys/types.h
#include <net/if.h>

/// Calls of netintro(4) on interfaces of the network stack of the calling process. Each returns 0 or errno.
namespace potd::monitor {

/// A socket for them; -1 with errno.
[[nodiscard]] int open_control(int family);
[[nodiscard]] int ask_control(int socket, unsigned long request, void* argument);

/// Names have at most IFNAMSIZ - 1 characters.
void put_link_name(char (&to)[IFNAMSIZ], std::string_view name);
[[nodiscard]] int raise_link(int socket, std::string_view name);

/// 4 or 16 bytes, usable at once where duplicates are not looked for.
[[nodiscard]] int add_link_address(std::string_view name, std::span<const std::byte> bytes,
                                   std::uint8_t prefix);
/// The interface has IPv6 with a link-local address, without routers' advertisements and looking for
/// duplicates; or none at all. A kernel without IPv6 is fine with none.
[[nodiscard]] int set_link_ipv6(std::string_view name, bool on);
/// The interface has IPv6, with what routers on its link offer. A kernel without IPv6 is fine, too.
[[nodiscard]] int let_routers_address(std::string_view name);
struct RouterRules {
    bool are_way_out = true;
    bool untried = false;  ///< addresses that the interface makes now are not looked for first
};
/// The interface has IPv6, with a link-local address and those that routers let it make.
[[nodiscard]] int follow_link_routers(std::string_view name, RouterRules rules);
/// Asks once whether there are any.
[[nodiscard]] int solicit_routers(std::string_view name);
/// 4 or 16 bytes.
[[nodiscard]] int add_default_route(std::span<const std::byte> gateway);

}  // namespace potd::monitor
