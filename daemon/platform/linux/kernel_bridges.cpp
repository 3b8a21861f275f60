#include "daemon/platform/linux/kernel_bridges.hpp"

#include "core/model/hardware_address.hpp"
#include "daemon/platform/linux/netlink_requests.hpp"
#include "daemon/platform/linux/netlink_socket.hpp"
#include "daemon/platform/linux/uplinks.hpp"
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
    if (!done && done.error().os_error == ENOENT)
        return core::error(
            core::ErrorKind::Unsupported,
            "this kernel has no IPv6, which the network has; remove it and make one without (ipv6: "
            "none)");
    for (const char* const key : {"accept_ra", "accept_dad"})
        if (done && ipv6) done = set("ipv6", link, key, "0");
    return done;
}

/// Of a bridge whose pots are on a network that the host is not on: there it has no address, and makes none.
core::Status be_no_host(const std::string& link) {
    return set("ipv6", link, "disable_ipv6", "1");
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
    std::string name = note_on(link).bridge;
    return is(link, name) ? std::optional(std::move(name)) : std::nullopt;
}

BridgeNote KernelBridges::note_on(const HostInterface& link) const {
    const std::size_t beginning = alias_of("").size();
    return read_note(std::string_view(link.alias).substr(std::min(beginning, link.alias.size())));
}

core::Result<KernelBridges::Found> KernelBridges::find_or_make(NetlinkSocket& socket,
                                                               std::string_view bridge) const {
    const std::string name = link_of(bridge);
    const auto hardware = core::made_hardware_address(alias_of(bridge));
    auto made = socket.ask(create_bridge(name, std::as_bytes(std::span(hardware))));
    if (!made && made.error().os_error == EOPNOTSUPP)
        return core::error(core::ErrorKind::Unsupported,
                           "this kernel has no bridges (CONFIG_BRIDGE, the module bridge)");
    if (!made && made.error().os_error != EEXIST) return std::move(made).error();
    auto host = read_host_network();
    if (!host) return std::move(host).error();
    const HostInterface* const link = find_link(*host, name);
    if (link != nullptr && is(*link, bridge)) return Found{*link, *host, made.ok()};
    return core::error(core::ErrorKind::Conflict,
                       "the host has an interface '" + name + "' that is not potd's; rename or remove it");
}

core::Result<KernelBridges::Link> KernelBridges::ensure(const core::Bridge& bridge,
                                                        std::optional<bool> uplink_was_up) const {
    const std::string what = "bridge " + bridge.name;
    auto socket = NetlinkSocket::open();
    if (!socket) return std::move(socket).error();
    if (!bridge.uplink.empty()) return raise_with_uplink(*socket, bridge, uplink_was_up).in(what);
    const auto found = find_or_make(*socket, bridge.name);
    if (!found) return core::Error(found.error()).in(what);
    const HostInterface& link = found->link;
    auto done = socket->ask(set_alias(link.name, alias_of(bridge.name)));
    if (done) done = set_up(link.name, bridge.ipv6.has_value());
    for (const auto& side : {bridge.ipv4, bridge.ipv6}) {
        if (done && side) done = add_missing(*socket, link, *side);
    }
    if (done) done = socket->ask(raise_link(link.index));
    if (done) return Link{link.index};
    give_up(*socket, *found);
    return std::move(done).error().in(what);
}

void KernelBridges::give_up(NetlinkSocket& socket, const Found& found) {
    // What cannot be removed either the next start finds by its name.
    if (found.made) static_cast<void>(socket.ask(remove_link(found.link.index)));
}

/// How the uplink was is noted before it is touched, and stays noted.
core::Result<KernelBridges::Link> KernelBridges::raise_with_uplink(NetlinkSocket& socket,
                                                                   const core::Bridge& bridge,
                                                                   std::optional<bool> uplink_was_up) const {
    // Looked for before anything is made.
    const auto host = read_host_network();
    if (!host) return host.error();
    const HostInterface* const present = find_link(*host, link_of(bridge.name));
    const auto uplink = find_uplink(*host, bridge.uplink, present == nullptr ? 0 : present->index);
    if (!uplink) return uplink.error();
    const auto found = find_or_make(socket, bridge.name);
    if (!found) return found.error();
    const HostInterface& link = found->link;
    UplinkNote note{bridge.uplink, uplink_was_up.value_or(uplink->up)};
    const auto before = note_on(link).uplink;
    if (before && before->interface == bridge.uplink) note = *before;
    auto done = socket.ask(set_alias(link.name, alias_of(note_of(bridge.name, note))));
    if (done) done = be_no_host(link.name);
    if (done) done = socket.ask(raise_link(link.index));
    if (done && uplink->master != link.index) done = socket.ask(join_bridge(uplink->index, link.index));
    if (!done) give_up(socket, *found);
    if (!done && (done.error().os_error == EOPNOTSUPP || done.error().os_error == EINVAL))
        return uplink_conflict("the kernel puts " + bridge.uplink + " on no bridge");
    if (!done && done.error().os_error == EBUSY)
        return uplink_conflict(bridge.uplink + " has interfaces of its own upon it, of macvlan or ipvlan");
    if (done) done = socket.ask(raise_link(uplink->index));
    if (!done) return std::move(done).error();
    return Link{link.index, uplink->index, note.was_up};
}

bool KernelBridges::is_member(std::uint32_t link, std::uint32_t bridge) {
    const auto host = read_host_network();
    return host && std::any_of(host->interfaces.begin(), host->interfaces.end(),
                               [&](const auto& one) { return one.index == link && one.master == bridge; });
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
    const auto note = note_on(*link).uplink;
    const HostInterface* const uplink = note ? find_link(*host, note->interface) : nullptr;
    // First, as the note of it goes with the bridge.
    if (uplink != nullptr && !note->was_up && uplink->master == link->index) {
        if (auto down = socket->ask(lower_link(uplink->index)); !down) return down;
    }
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
