// The part of host_links.hpp about routes.

#include "daemon/platform/freebsd/host_links.hpp"
#include "daemon/platform/freebsd/socket_address.hpp"

#include <array>
#include <cerrno>
#include <cstddef>
#include <optional>
#include <string>

#include <sys/types.h>
// after sys/types.h
#include <net/if.h>
#include <net/route.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/sysctl.h>

namespace potd::platform {
namespace {

/// What stands behind a message's header, by the number of its RTA_ bit.
using Parts = std::array<const sockaddr*, RTAX_MAX>;

Parts parts_of(const rt_msghdr& message) {
    Parts parts{};
    const char* at = reinterpret_cast<const char*>(&message) + sizeof message;
    const char* const end = reinterpret_cast<const char*>(&message) + message.rtm_msglen;
    for (std::size_t i = 0; i < parts.size() && at < end; ++i) {
        if ((message.rtm_addrs & (1 << i)) == 0) continue;
        const auto* const part = reinterpret_cast<const sockaddr*>(at);
        parts.at(i) = part;
        at += SA_SIZE(part);
    }
    return parts;
}

std::optional<core::HostRoute> route_of(const rt_msghdr& message) {
    const Parts parts = parts_of(message);
    const auto to = address_in(parts[RTAX_DST]);
    if (!to) return std::nullopt;
    const core::IpAddress& first = *to;
    const int prefix =
        (message.rtm_flags & RTF_HOST) != 0 ? first.bits() : prefix_in(parts[RTAX_NETMASK], first.family);
    // Those of one interface alone are nobody's network.
    const bool own =
        first.family == core::IpAddress::Family::V6 && (first.bytes[0] == 0xff || first.bytes[0] == 0xfe);
    std::array<char, IF_NAMESIZE> name{};
    if (prefix == 0 || own || (message.rtm_flags & (RTF_REJECT | RTF_BLACKHOLE)) != 0 ||
        ::if_indextoname(message.rtm_index, name.data()) == nullptr)
        return std::nullopt;
    return core::HostRoute{core::network_of(first, prefix), name.data()};
}

/// By which interface it leads everywhere.
std::optional<std::string> way_out_of(const rt_msghdr& message) {
    const Parts parts = parts_of(message);
    const auto to = address_in(parts[RTAX_DST]);
    const bool everywhere = to && core::is_unspecified(*to) && (message.rtm_flags & RTF_HOST) == 0 &&
                            prefix_in(parts[RTAX_NETMASK], to->family) == 0;
    std::array<char, IF_NAMESIZE> name{};
    if (!everywhere || (message.rtm_flags & (RTF_REJECT | RTF_BLACKHOLE)) != 0 ||
        ::if_indextoname(message.rtm_index, name.data()) == nullptr)
        return std::nullopt;
    return std::string(name.data());
}

core::Result<std::vector<char>> dump() {
    std::array<int, 6> question{CTL_NET, PF_ROUTE, 0, AF_UNSPEC, NET_RT_DUMP, 0};
    const auto count = static_cast<u_int>(question.size());
    for (int tries = 0; tries < 5; ++tries) {
        std::size_t size = 0;
        if (::sysctl(question.data(), count, nullptr, &size, nullptr, 0) != 0) break;
        std::vector<char> bytes(size + size / 4);
        size = bytes.size();
        if (::sysctl(question.data(), count, bytes.data(), &size, nullptr, 0) == 0) {
            bytes.resize(size);
            return bytes;
        }
        // More have come since.
        if (errno != ENOMEM) break;
    }
    return core::os_error(errno, "list the routes of the host");
}

/// What `read` makes of each route that it has something of.
template <class Found>
core::Result<std::vector<Found>> all_routes(std::optional<Found> (*read)(const rt_msghdr&)) {
    const auto bytes = dump();
    if (!bytes) return bytes.error();
    std::vector<Found> found;
    for (std::size_t at = 0; at + sizeof(rt_msghdr) <= bytes->size();) {
        const auto* const message = reinterpret_cast<const rt_msghdr*>(bytes->data() + at);
        if (message->rtm_msglen == 0) break;
        if (message->rtm_version == RTM_VERSION) {
            if (auto one = read(*message)) found.push_back(*std::move(one));
        }
        at += message->rtm_msglen;
    }
    return found;
}

}  // namespace

core::Result<std::vector<core::HostRoute>> read_host_routes() {
    return all_routes(&route_of);
}

core::Result<std::vector<std::string>> read_ways_out() {
    return all_routes(&way_out_of);
}

}  // namespace potd::platform
