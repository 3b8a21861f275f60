#include "daemon/monitor/linux/interfaces.hpp"

#include "daemon/monitor/linux/raw_call.hpp"
#include "daemon/monitor/sys.hpp"
#include "daemon/monitor/text.hpp"
#include "daemon/platform/linux/netlink_requests.hpp"

#include <cerrno>

#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>

namespace potd::monitor {

using platform::AddressList;
using platform::InterfaceView;
using platform::LinkKind;
using platform::NetlinkMessage;
using platform::NetlinkPart;
using platform::PlanTag;
using platform::PlanView;
using Routers = platform::PlanInterface::Routers;

namespace {

constexpr std::int64_t most_wait = 10'000;  // milliseconds
constexpr std::size_t answer_size = 8192;   // a link with its statistics takes some 2 KiB

/// Asks, and waits for the one answer; minus errno if the kernel refuses.
long ask(int socket, NetlinkMessage& message, std::span<std::byte> buffer, NetlinkPart& answer) {
    if (!message.ok()) return -EMSGSIZE;
    const auto bytes = message.bytes();
    long result = sys::write(socket, bytes.data(), bytes.size());
    if (result < 0) return result;
    do {
        result = sys::read(socket, buffer.data(), buffer.size());
    } while (result == -EINTR);
    if (result < 0) return result;
    std::span<const std::byte> rest = buffer.first(static_cast<std::size_t>(result));
    return platform::take_netlink_part(rest, answer) ? answer.error() : -EIO;
}

long ask(int socket, NetlinkMessage message) {
    alignas(8) std::byte buffer[answer_size];
    NetlinkPart answer;
    return ask(socket, message, buffer, answer);
}

long link_index(int socket, std::string_view name) {
    alignas(8) std::byte buffer[answer_size];
    NetlinkPart answer;
    NetlinkMessage message = platform::find_link(name);
    const long result = ask(socket, message, buffer, answer);
    return result < 0 ? result : answer.header<ifinfomsg>().ifi_index;
}

long open_links() {
    return raw_call(SYS_socket, AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
}

/// Nothing of the pot goes over it before its bridge treats it as it should: the pot's end is still down.
bool lay_cable(const InterfaceView& interface, int host_links, int own_network, Fault& fault) {
    long result = ask(host_links, platform::create_cable(interface.host_end, interface.parent, interface.name,
                                                         own_network, interface.hardware));
    if (result == -EOPNOTSUPP)
        return fail(fault, Stage::Network, 0, "this kernel has no veth (CONFIG_VETH) for the pot's interface",
                    interface.name);
    if (result >= 0) result = link_index(host_links, interface.host_end);
    if (result > 0) {
        const auto index = static_cast<std::uint32_t>(result);
        result = ask(host_links, platform::set_member(index, interface.isolated));
    }
    return result >= 0 || fail(fault, Stage::Network, result, "make the pot's interface", interface.name);
}

bool create(const InterfaceView& interface, int host_links, int own_network, Fault& fault) {
    if (!interface.host_end.empty()) return lay_cable(interface, host_links, own_network, fault);
    long result = 0;
    for (const LinkKind kind : {LinkKind::Macvlan, LinkKind::Ipvlan}) {
        result = ask(host_links, platform::create_link(kind, interface.parent, interface.name, own_network,
                                                       interface.hardware));
        if (result != -EOPNOTSUPP) break;
    }
    if (result >= 0) return true;
    if (result == -EOPNOTSUPP)
        return fail(fault, Stage::Network, 0,
                    "this kernel has neither macvlan nor ipvlan for the pot's interface", interface.name);
    return fail(fault, Stage::Network, result, "make the pot's interface", interface.name);
}

/// /proc/sys/net shows the network of who looks. A kernel without IPv6 has no such file.
long set_ipv6(std::string_view interface, const char* setting, const char* value) {
    FixedText<128> path;
    path.add("/proc/sys/net/ipv6/conf/").add(interface).add("/").add(setting);
    if (path.overflowed()) return -ENAMETOOLONG;
    const int fd = sys::open_at(AT_FDCWD, path.c_str(), O_WRONLY);
    if (fd < 0) return fd == -ENOENT ? 0 : fd;
    const long result = sys::write(fd, value, 1);
    sys::close(fd);
    return result;
}

/// Addresses by what routers beyond the bridge's uplink say, which end as the hardware address has it: the
/// firewall lets no others pass. The last setting is what has the kernel ask for routers.
long follow_routers(const InterfaceView& interface) {
    const bool way_out = interface.routers == Routers::DefaultRoute;
    const struct {
        const char *name, *value;
    } settings[] = {{"disable_ipv6", "0"},
                    {"addr_gen_mode", "0"},
                    {"use_tempaddr", "0"},
                    {"autoconf", "1"},
                    {"accept_ra_defrtr", way_out ? "1" : "0"},
                    {"accept_ra_pinfo", "1"},
                    {"accept_ra", "2"}};
    long result = 0;
    for (const auto& one : settings) {
        if (result >= 0) result = set_ipv6(interface.name, one.name, one.value);
    }
    return result;
}

/// The pot has the addresses it was given: none that a router offers, unless it is to have these, and without
/// one of IPv6 no IPv6.
bool set_up_ipv6(const InterfaceView& interface, Fault& fault) {
    if (interface.routers != Routers::Ignored) {
        const long result = follow_routers(interface);
        return result >= 0 || fail(fault, Stage::Network, result,
                                   "have the pot's interface listen to routers", interface.name);
    }
    long result = interface.addresses.has_v6() ? set_ipv6(interface.name, "accept_ra", "0")
                                               : set_ipv6(interface.name, "disable_ipv6", "1");
    // On a bridge of potd's nobody else can have its link-local address: it need not ask around for a second.
    if (result >= 0 && !interface.host_end.empty() && interface.addresses.has_v6())
        result = set_ipv6(interface.name, "accept_dad", "0");
    return result >= 0 ||
           fail(fault, Stage::Network, result, "restrict IPv6 on the pot's interface", interface.name);
}

std::int64_t steady_ms() {
    timespec now{};
    raw_call(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
    return std::int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

long set_membership(int socket, int option) {
    const int group = RTNLGRP_LINK;
    return raw_call(SYS_setsockopt, socket, SOL_NETLINK, option, &group, sizeof group);
}

/// Passes over what was told about links.
void drain(int socket) {
    std::byte buffer[64];
    while (raw_call(SYS_recvfrom, socket, buffer, sizeof buffer, MSG_DONTWAIT, nullptr, nullptr) >= 0) {
    }
}

/// Asks, and if what is wanted is still had by the interface of the run before, whose network namespace the
/// kernel takes apart in its own time, waits for that: the host's network is told of a change to the parent
/// then.
long ask_when_free(int links, int host_links, const NetlinkMessage& message) {
    long result = ask(links, message);
    if (result != -EADDRINUSE) return result;
    const std::int64_t deadline = steady_ms() + most_wait;
    result = set_membership(host_links, NETLINK_ADD_MEMBERSHIP);
    while (result >= 0) {
        result = ask(links, message);
        const std::int64_t left = deadline - steady_ms();
        if (result != -EADDRINUSE || left <= 0) break;
        pollfd told{host_links, POLLIN, 0};
        const long polled = sys::poll({&told, 1}, static_cast<int>(left));
        result = polled < 0 && polled != -EINTR ? polled : 0;
        drain(host_links);
    }
    (void)set_membership(host_links, NETLINK_DROP_MEMBERSHIP);
    drain(host_links);
    return result;
}

bool add_addresses(const InterfaceView& interface, int links, int host_links, std::uint32_t index,
                   Fault& fault) {
    for (std::size_t i = 0; i < interface.addresses.size(); ++i) {
        const AddressList::Address each = interface.addresses[i];
        const long result =
            ask_when_free(links, host_links, platform::add_address(index, each.bytes, each.prefix));
        if (result < 0)
            return fail(fault, Stage::Network, result,
                        each.bytes.size() == 4 ? "add an IPv4 address to the pot's interface"
                                               : "add an IPv6 address to the pot's interface",
                        interface.name);
    }
    return true;
}

bool add_routes(const InterfaceView& interface, int links, std::uint32_t index, Fault& fault) {
    for (std::size_t i = 0; i < interface.gateways.size(); ++i) {
        const long result = ask(links, platform::add_default_route(index, interface.gateways[i].bytes));
        if (result < 0)
            return fail(fault, Stage::Network, result, "add the default route by the pot's interface",
                        interface.name);
    }
    return true;
}

bool make_interface(const InterfaceView& interface, int host_links, int own_network, int links,
                    Fault& fault) {
    if (!create(interface, host_links, own_network, fault)) return false;
    const long found = link_index(links, interface.name);
    if (found <= 0) return fail(fault, Stage::Network, found, "find the pot's interface", interface.name);
    const auto index = static_cast<std::uint32_t>(found);
    if (!set_up_ipv6(interface, fault)) return false;
    const long raised = ask_when_free(links, host_links, platform::raise_link(index));
    if (raised < 0) return fail(fault, Stage::Network, raised, "raise the pot's interface", interface.name);
    return add_addresses(interface, links, host_links, index, fault) &&
           add_routes(interface, links, index, fault);
}

bool has_interfaces(const PlanView& plan) {
    const auto all = plan.of(PlanTag::Interface);
    return all.begin() != all.end();
}

}  // namespace

bool open_host_links(const PlanView& plan, int& socket, Fault& fault) {
    if (!has_interfaces(plan)) return true;
    const long made = open_links();
    if (made < 0) return fail(fault, Stage::Network, made, "open a netlink socket");
    socket = static_cast<int>(made);
    return true;
}

bool make_interfaces(const PlanView& plan, int host_links, Fault& fault) {
    if (!has_interfaces(plan)) return true;
    const int own_network = sys::open_at(AT_FDCWD, "/proc/self/ns/net", O_RDONLY);
    const int links = static_cast<int>(open_links());
    bool made = own_network >= 0 && links >= 0;
    if (!made)
        fail(fault, Stage::Network, own_network < 0 ? own_network : links,
             "open the pot's network namespace");
    for (const auto payload : plan.of(PlanTag::Interface)) {
        InterfaceView interface;
        made = made && platform::read_interface(payload, interface) &&
               make_interface(interface, host_links, own_network, links, fault);
    }
    for (const int fd : {own_network, links, host_links}) sys::close(fd);
    return made;
}

}  // namespace potd::monitor
