#include "daemon/platform/linux/kernel_bridges.hpp"

#include "core/model/hardware_address.hpp"
#include "daemon/platform/linux/netlink_requests.hpp"
#include "daemon/platform/linux/netlink_socket.hpp"
#include "daemon/platform/posix/link_names.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include <fcntl.h>
#include <net/if.h>
#include <unistd.h>

namespace potd::platform {
namespace {

const HostInterface* find_link(const HostNetwork& host, const std::string& name) {
    const auto found = std::find_if(host.interfaces.begin(), host.interfaces.end(),
                                    [&](const HostInterface& one) { return one.name == name; });
    return found == host.interfaces.end() ? nullptr : &*found;
}

std::span<const std::byte> bytes_of(const core::IpAddress& address) {
    return std::as_bytes(std::span(address.bytes)).first(static_cast<std::size_t>(address.bits() / 8));
}

/// A setting of one interface, below /proc/sys/net.
core::Status set(const std::string& family, const std::string& link, const char* key, const char* value) {
    const std::string path = "/proc/sys/net/" + family + "/conf/" + link + "/" + key;
    const int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    if (fd < 0) return core::os_error(errno, path);
    const bool written = ::write(fd, value, 1) == 1;
    const int reason = errno;
    ::close(fd);
    return written ? core::Status() : core::Status(core::os_error(reason, path));
}

/// IPv6 by what the bridge is given alone, and at once: nobody else has its addresses; and connections of the
/// host to its own loopback addresses may be led to pots (the firewall sees to it that nothing comes from
/// there).
core::Status set_up(const std::string& link, bool ipv6) {
    core::Status done = set("ipv4", link, "route_localnet", "1");
    const std::string disabled = ipv6 ? "0" : "1";
    if (done) done = set("ipv6", link, "disable_ipv6", disabled.c_str());
    // A kernel without IPv6 has nothing to switch off.
    if (!done && done.error().os_error == ENOENT && !ipv6) return {};
    for (const char* const key : {"accept_ra", "accept_dad"})
        if (done && ipv6) done = set("ipv6", link, key, "0");
    return done;
}

core::Status add_missing(NetlinkSocket& socket, const HostInterface& link, const core::BridgeNetwork& side) {
    const bool there =
        std::any_of(link.addresses.begin(), link.addresses.end(), [&](const core::InterfaceAddress& one) {
            return one.address == side.gateway && one.prefix == side.network.prefix;
        });
    if (there) return {};
    return socket.ask(
        add_address(link.index, bytes_of(side.gateway), static_cast<std::uint8_t>(side.network.prefix)));
}

}  // namespace

std::string KernelBridges::link_of(std::string_view bridge) const {
    return bridge_link(instance_, bridge);
}

std::string KernelBridges::cable_of(const core::RunKey& run, std::string_view bridge) const {
    return cable_link(instance_, run, bridge);
}

std::string KernelBridges::alias_of(std::string_view bridge) const {
    return bridge_note(instance_, bridge);
}

bool KernelBridges::is(const HostInterface& link, std::string_view bridge) const {
    return link.name == link_of(bridge) && link.hardware == core::made_hardware_address(alias_of(bridge));
}

std::optional<std::string> KernelBridges::bridge_of(const HostInterface& link) const {
    const std::string beginning = alias_of("");
    if (!link.alias.starts_with(beginning)) return std::nullopt;
    std::string name = link.alias.substr(beginning.size());
    return is(link, name) ? std::optional(std::move(name)) : std::nullopt;
}

core::Result<HostInterface> KernelBridges::find_or_make(NetlinkSocket& socket,
                                                        std::string_view bridge) const {
    const std::string name = link_of(bridge);
    const auto hardware = core::made_hardware_address(alias_of(bridge));
    auto made = socket.ask(create_bridge(name, std::as_bytes(std::span(hardware))));
    if (!made && made.error().os_error == EOPNOTSUPP)
        return core::error(core::ErrorKind::Unsupported, "this kernel has no bridges");
    if (!made && made.error().os_error != EEXIST) return std::move(made).error();
    auto host = read_host_network();
    if (!host) return std::move(host).error();
    const HostInterface* const link = find_link(*host, name);
    if (link != nullptr && is(*link, bridge)) return *link;
    return core::error(core::ErrorKind::Conflict,
                       "the host has an interface '" + name + "' that is not potd's; rename or remove it");
}

core::Status KernelBridges::ensure(const core::Bridge& bridge) const {
    const std::string what = "bridge " + bridge.name;
    auto socket = NetlinkSocket::open();
    if (!socket) return std::move(socket).error();
    const auto link = find_or_make(*socket, bridge.name);
    if (!link) return core::Status(link.error()).in(what);
    auto done = socket->ask(set_alias(link->name, alias_of(bridge.name)));
    if (done) done = set_up(link->name, bridge.ipv6.has_value());
    for (const auto& side : {bridge.ipv4, bridge.ipv6}) {
        if (done && side) done = add_missing(*socket, *link, *side);
    }
    if (done) done = socket->ask(raise_link(link->index));
    return std::move(done).in(what);
}

core::Status KernelBridges::join(const std::string& cable, const core::Bridge& bridge) const {
    const std::uint32_t link = ::if_nametoindex(cable.c_str());
    const std::uint32_t to = ::if_nametoindex(link_of(bridge.name).c_str());
    if (link == 0 || to == 0) return {};
    auto socket = NetlinkSocket::open();
    if (!socket) return std::move(socket).error();
    auto done = socket->ask(join_bridge(link, to));
    if (done) done = socket->ask(set_member(link, bridge.isolated));
    return std::move(done).in("bridge " + bridge.name);
}

core::Status KernelBridges::remove(std::string_view bridge) const {
    auto socket = NetlinkSocket::open();
    if (!socket) return std::move(socket).error();
    auto host = read_host_network();
    if (!host) return std::move(host).error();
    const HostInterface* const link = find_link(*host, link_of(bridge));
    if (link == nullptr || !is(*link, bridge)) return {};
    auto gone = socket->ask(remove_link(link->index));
    if (!gone && gone.error().os_error == ENODEV) return {};
    return gone;
}

core::Result<std::vector<std::string>> KernelBridges::ours() const {
    auto host = read_host_network();
    if (!host) return std::move(host).error();
    std::vector<std::string> names;
    for (const HostInterface& link : host->interfaces) {
        if (auto name = bridge_of(link)) names.push_back(*std::move(name));
    }
    return names;
}

}  // namespace potd::platform
