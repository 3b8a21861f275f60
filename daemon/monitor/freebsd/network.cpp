#include "daemon/monitor/freebsd/network.hpp"

#include "daemon/monitor/freebsd/network_calls.hpp"
#include "daemon/monitor/freebsd/process.hpp"

#include <cerrno>

#include <sys/param.h>
// after sys/param.h
#include <sys/jail.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace potd::monitor {

using platform::AddressView;
using platform::CableView;
using platform::JailView;
using platform::MovedLinkView;
using platform::PlanTag;

namespace {

/// The first address of an interface brings it up.
int raise_loopback() {
    constexpr std::byte v4[4] = {std::byte{127}, {}, {}, std::byte{1}};
    std::byte v6[16] = {};
    v6[15] = std::byte{1};
    if (const int failure = add_link_address("lo0", v4, 8); failure != 0) return failure;
    const int failure = add_link_address("lo0", v6, 128);
    const bool fine = failure == EAFNOSUPPORT || failure == EPROTONOSUPPORT || failure == EEXIST;
    return fine ? 0 : failure;
}

bool has_v6(const CableView& cable) {
    for (std::size_t i = 0; i < cable.addresses.size(); ++i) {
        if (cable.addresses[i].v6) return true;
    }
    return false;
}

/// Addresses by what routers beyond the bridge's uplink say. Its link-local one is there at once, as nobody
/// else has its hardware address, so that it can ask for them; those that come are tried first.
int follow_routers(const CableView& cable, int socket) {
    constexpr std::uint8_t as_way_out = 2;
    int failure = follow_link_routers(cable.name, {cable.routers == as_way_out, true});
    if (failure == 0) failure = raise_link(socket, cable.name);
    if (failure == 0) failure = follow_link_routers(cable.name, {cable.routers == as_way_out, false});
    return failure == 0 ? solicit_routers(cable.name) : failure;
}

int set_up(const CableView& cable, int socket) {
    if (cable.routers != 0) return follow_routers(cable, socket);
    int failure = set_link_ipv6(cable.name, has_v6(cable));
    if (failure == 0) failure = raise_link(socket, cable.name);
    for (std::size_t i = 0; failure == 0 && i < cable.addresses.size(); ++i) {
        const AddressView one = cable.addresses[i];
        failure = add_link_address(cable.name, one.bytes, one.prefix);
    }
    for (std::size_t i = 0; failure == 0 && i < cable.gateways.size(); ++i)
        failure = add_default_route(cable.gateways[i].bytes);
    return failure;
}

bool has_v6(const MovedLinkView& link) {
    for (std::size_t i = 0; i < link.addresses.size(); ++i) {
        if (link.addresses[i].v6) return true;
    }
    return false;
}

/// Its network is somebody else's: a router there may offer addresses, unless there are given ones.
int set_up(const MovedLinkView& link, int socket) {
    int failure = has_v6(link) ? set_link_ipv6(link.name, true) : let_routers_address(link.name);
    if (failure == 0) failure = raise_link(socket, link.name);
    for (std::size_t i = 0; failure == 0 && i < link.addresses.size(); ++i) {
        const AddressView one = link.addresses[i];
        failure = add_link_address(link.name, one.bytes, one.prefix);
    }
    for (std::size_t i = 0; failure == 0 && i < link.gateways.size(); ++i)
        failure = add_default_route(link.gateways[i].bytes);
    return failure;
}

int set_up_all(const JailView& plan) {
    int failure = raise_loopback();
    const int socket = open_control(AF_LOCAL);
    if (socket < 0) return errno;
    for (const auto payload : plan.of(PlanTag::Cable)) {
        CableView cable;
        if (failure == 0 && platform::read_cable(payload, cable)) failure = set_up(cable, socket);
    }
    for (const auto payload : plan.of(PlanTag::MovedLink)) {
        MovedLinkView link;
        if (failure == 0 && platform::read_moved_link(payload, link)) failure = set_up(link, socket);
    }
    ::close(socket);
    return failure;
}

[[noreturn]] void work_inside(int jail, const JailView& plan) {
    close_all_except({});
    const int failure = ::jail_attach(jail) == 0 ? set_up_all(plan) : errno;
    ::_exit(failure);
}

}  // namespace

bool set_up_network(int jail, const JailView& plan, Fault& fault) {
    constexpr const char* what = "set up the pot's network";
    const pid_t helper = ::fork();
    if (helper == 0) work_inside(jail, plan);
    int status = 0;
    if (helper < 0) return fail(fault, Stage::Network, -errno, what);
    while (::waitpid(helper, &status, 0) < 0) {
        if (errno != EINTR) return fail(fault, Stage::Network, -errno, what);
    }
    // errno values fit into an exit status.
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return true;
    const int failure = WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
    return fail(fault, Stage::Network, -failure, what);
}

}  // namespace potd::monitor
