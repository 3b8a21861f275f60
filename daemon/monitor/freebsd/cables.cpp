#include "daemon/monitor/freebsd/cables.hpp"

#include "daemon/monitor/freebsd/network_calls.hpp"
#include "daemon/monitor/sys.hpp"
#include "daemon/monitor/text.hpp"

#include <cerrno>
#include <cstring>

#include <net/ethernet.h>
#include <net/if.h>
// after net/if.h
#include <net/if_bridgevar.h>
#include <net/if_dl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/sockio.h>
#include <unistd.h>

namespace potd::monitor {

using platform::CableView;
using platform::JailView;
using platform::MovedLinkView;
using platform::PlanTag;

namespace {

constexpr std::string_view potd_group = "potd";

ifreq request_for(std::string_view name) {
    ifreq request{};
    put_link_name(request.ifr_name, name);
    return request;
}

/// Texts of a plan end with a NUL.
char* text_of(std::string_view text) {
    return const_cast<char*>(text.data());
}

int note(int socket, std::string_view link, std::string_view text) {
    ifreq request = request_for(link);
    request.ifr_buffer.buffer = text_of(text);
    request.ifr_buffer.length = text.size() + 1;
    return ask_control(socket, SIOCSIFDESCR, &request);
}

bool has_note(int socket, std::string_view link, std::string_view text) {
    char found[256] = {};
    ifreq request = request_for(link);
    request.ifr_buffer.buffer = found;
    request.ifr_buffer.length = sizeof found;
    return ask_control(socket, SIOCGIFDESCR, &request) == 0 && request.ifr_buffer.buffer != nullptr &&
           text == std::string_view(found);
}

int rename(int socket, std::string_view link, std::string_view to) {
    ifreq request = request_for(link);
    request.ifr_data = text_of(to);
    return ask_control(socket, SIOCSIFNAME, &request);
}

int join_group(int socket, std::string_view link, std::string_view group) {
    ifgroupreq request{};
    put_link_name(request.ifgr_name, link);
    put_link_name(request.ifgr_group, group);
    return ask_control(socket, SIOCAIFGROUP, &request);
}

int set_hardware(int socket, std::string_view link, std::span<const std::byte> hardware) {
    ifreq request = request_for(link);
    request.ifr_addr.sa_len = static_cast<unsigned char>(hardware.size());
    request.ifr_addr.sa_family = AF_LINK;
    std::memcpy(request.ifr_addr.sa_data, hardware.data(), hardware.size());
    return ask_control(socket, SIOCSIFLLADDR, &request);
}

int ask_bridge(int socket, std::string_view bridge, unsigned long command, void* data, std::size_t size) {
    ifdrv request{};
    put_link_name(request.ifd_name, bridge);
    request.ifd_cmd = command;
    request.ifd_len = size;
    request.ifd_data = data;
    return ask_control(socket, SIOCSDRVSPEC, &request);
}

/// A member whose pot has one hardware address, which no other member can take.
int join_bridge(int socket, const CableView& cable) {
    ifbreq member{};
    put_link_name(member.ifbr_ifsname, cable.host_end);
    int failure = ask_bridge(socket, cable.bridge, BRDGADD, &member, sizeof member);
    // Private ones reach no other private one.
    member.ifbr_ifsflags = IFBIF_LEARNING | IFBIF_DISCOVER;
    if (cable.isolated) member.ifbr_ifsflags |= IFBIF_PRIVATE;
    if (failure == 0) failure = ask_bridge(socket, cable.bridge, BRDGSIFFLGS, &member, sizeof member);
    ifbareq address{};
    put_link_name(address.ifba_ifsname, cable.host_end);
    std::memcpy(address.ifba_dst, cable.hardware.data(), sizeof address.ifba_dst);
    address.ifba_flags = IFBAF_STATIC;
    address.ifba_vlan = 1;
    if (failure == 0) failure = ask_bridge(socket, cable.bridge, BRDGSADDR, &address, sizeof address);
    return failure;
}

int give_to_jail(int socket, std::string_view link, int jail) {
    ifreq request = request_for(link);
    request.ifr_jid = jail;
    return ask_control(socket, SIOCSIFVNET, &request);
}

/// The kernel names a pair "epair7a" and "epair7b". The description comes first: by it potd finds one that
/// nobody finished.
int make_pair(int socket, const CableView& cable) {
    ifreq made = request_for("epair");
    int failure = ask_control(socket, SIOCIFCREATE2, &made);
    if (failure != 0) return failure;
    failure = note(socket, made.ifr_name, cable.note);
    ifreq other = made;
    other.ifr_name[std::strlen(made.ifr_name) - 1] = 'b';
    if (failure == 0) failure = rename(socket, other.ifr_name, cable.name);
    if (failure == 0) failure = rename(socket, made.ifr_name, cable.host_end);
    // One that could not be noted on would be nobody's; else whoever cleans up finds it.
    if (failure != 0) (void)ask_control(socket, SIOCIFDESTROY, &made);
    return failure;
}

int lay_cable(int socket, const CableView& cable, int jail) {
    int failure = make_pair(socket, cable);
    for (const std::string_view group : {potd_group, cable.group})
        if (failure == 0) failure = join_group(socket, cable.host_end, group);
    if (failure == 0) failure = set_hardware(socket, cable.name, cable.hardware);
    if (failure == 0) failure = join_bridge(socket, cable);
    if (failure == 0) failure = raise_link(socket, cable.host_end);
    if (failure == 0) failure = give_to_jail(socket, cable.name, jail);
    return failure;
}

bool has(const JailView& plan, PlanTag tag) {
    const auto all = plan.of(tag);
    return all.begin() != all.end();
}

/// Nothing tells of that; a jail whose connections linger keeps its end for a minute.
void wait_for_return(std::string_view link) {
    constexpr int patience = 2000, look_again = 5;  // milliseconds
    for (int waited = 0; ::if_nametoindex(text_of(link)) == 0 && waited < patience; waited += look_again)
        (void)sys::poll({}, look_again);
}

}  // namespace

bool has_links(const JailView& plan) {
    return has(plan, PlanTag::Cable) || has(plan, PlanTag::MovedLink);
}

bool give_devices(int jail, const JailView& plan, Fault& fault) {
    if (!has(plan, PlanTag::MovedLink)) return true;
    const int socket = open_control(AF_LOCAL);
    if (socket < 0) return fail(fault, Stage::Network, -errno, "open a socket");
    bool given = true;
    for (const auto payload : plan.of(PlanTag::MovedLink)) {
        MovedLinkView link;
        if (!given || !platform::read_moved_link(payload, link)) continue;
        const int failure = give_to_jail(socket, link.name, jail);
        given = failure == 0 ||
                fail(fault, Stage::Network, -failure, "move an interface into the pot", link.name);
    }
    ::close(socket);
    return given;
}

void reclaim_devices(int jail, const JailView& plan) {
    if (!has(plan, PlanTag::MovedLink)) return;
    const int socket = open_control(AF_LOCAL);
    for (const auto payload : plan.of(PlanTag::MovedLink)) {
        MovedLinkView link;
        if (!platform::read_moved_link(payload, link)) continue;
        ifreq request = request_for(link.name);
        request.ifr_jid = jail;
        // One that is back already is not there to be reclaimed.
        (void)ask_control(socket, SIOCSIFRVNET, &request);
    }
    if (socket >= 0) ::close(socket);
}

bool lay_cables(int jail, const JailView& plan, Fault& fault) {
    if (!has(plan, PlanTag::Cable)) return true;
    const int socket = open_control(AF_LOCAL);
    if (socket < 0) return fail(fault, Stage::Network, -errno, "open a socket");
    bool made = true;
    for (const auto payload : plan.of(PlanTag::Cable)) {
        CableView cable;
        if (!made || !platform::read_cable(payload, cable)) continue;
        const int failure = lay_cable(socket, cable, jail);
        made = failure == 0 || fail(fault, Stage::Network, -failure, "make the pot's interface", cable.name);
    }
    ::close(socket);
    return made;
}

void remove_cables(const JailView& plan, bool jail_lives) {
    if (!has(plan, PlanTag::Cable)) return;
    const int socket = open_control(AF_LOCAL);
    for (const auto payload : plan.of(PlanTag::Cable)) {
        CableView cable;
        if (!platform::read_cable(payload, cable) || !has_note(socket, cable.host_end, cable.note)) continue;
        if (!jail_lives) wait_for_return(cable.name);
        ifreq request = request_for(cable.host_end);
        // What stays potd tries again, and says why.
        (void)ask_control(socket, SIOCIFDESTROY, &request);
    }
    if (socket >= 0) ::close(socket);
}

}  // namespace potd::monitor
