#include "daemon/platform/freebsd/host_links.hpp"

#include "daemon/platform/freebsd/socket_address.hpp"
#include "daemon/platform/posix/unique_fd.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <memory>
#include <system_error>
#include <utility>

#include <sys/param.h>
// after sys/param.h
#include <ifaddrs.h>
#include <net/ethernet.h>
#include <net/if.h>
// after net/if.h
#include <net/if_bridgevar.h>
#include <net/if_dl.h>
#include <net/if_types.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/linker.h>
#include <sys/module.h>
#include <sys/socket.h>
#include <sys/sockio.h>

namespace potd::platform {
namespace {

class LinkControl {
  public:
    LinkControl() : socket_(::socket(AF_LOCAL, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {}
    /// 0 or errno.
    [[nodiscard]] int ask(unsigned long request, void* argument) const {
        if (!socket_) return EBADF;
        return ::ioctl(socket_.get(), request, argument) == 0 ? 0 : errno;
    }

  private:
    UniqueFd socket_;
};

/// The name fits: they are made by us or the kernel.
template <std::size_t Size>
void set_name(char (&to)[Size], const std::string& name) {
    std::memcpy(&to[0], name.data(), std::min(name.size(), Size - 1));
}

ifreq request_for(const std::string& name) {
    ifreq request{};
    set_name(request.ifr_name, name);
    return request;
}

core::Status outcome(int failure, const std::string& what) {
    return failure == 0 ? core::Status() : core::Status(core::os_error(failure, what));
}

std::string note_of(const LinkControl& control, const std::string& name) {
    std::array<char, 256> text{};
    ifreq request = request_for(name);
    request.ifr_buffer.buffer = text.data();
    request.ifr_buffer.length = text.size();
    // The kernel takes the buffer away where there is no description.
    if (control.ask(SIOCGIFDESCR, &request) != 0 || request.ifr_buffer.buffer == nullptr) return {};
    text.back() = '\0';
    return text.data();
}

int set_flag(const std::string& name, bool up) {
    const LinkControl control;
    ifreq request = request_for(name);
    const int failure = control.ask(SIOCGIFFLAGS, &request);
    const int flags = up ? request.ifr_flags | IFF_UP : request.ifr_flags & ~IFF_UP;
    request.ifr_flags = static_cast<short>(flags);
    return failure == 0 ? control.ask(SIOCSIFFLAGS, &request) : failure;
}

/// About one of its members: 0 or errno.
int ask_bridge(unsigned long request, unsigned long command, const std::string& bridge,
               const std::string& name) {
    ifbreq member{};
    set_name(member.ifbr_ifsname, name);
    ifdrv wanted{};
    set_name(wanted.ifd_name, bridge);
    wanted.ifd_cmd = command;
    wanted.ifd_len = sizeof member;
    wanted.ifd_data = &member;
    return LinkControl().ask(request, &wanted);
}

bool is_link_local(const core::IpAddress& address) {
    return address.family == core::IpAddress::Family::V6 && address.bytes[0] == 0xfe &&
           (address.bytes[1] & 0xc0U) == 0x80;
}

}  // namespace

core::Result<std::vector<HostInterface>> read_host_links() {
    ifaddrs* list = nullptr;
    if (::getifaddrs(&list) != 0) return core::os_error(errno, "list the interfaces of the host");
    const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> owner(list, &::freeifaddrs);
    const LinkControl control;
    std::vector<HostInterface> found;
    for (const ifaddrs* one = list; one != nullptr; one = one->ifa_next) {
        if (found.empty() || found.back().name != one->ifa_name) {
            HostInterface& link = found.emplace_back();
            link.name = one->ifa_name;
            link.note = note_of(control, link.name);
            link.loopback = (one->ifa_flags & IFF_LOOPBACK) != 0;
            link.up = (one->ifa_flags & IFF_UP) != 0;
        }
        if (one->ifa_addr != nullptr && one->ifa_addr->sa_family == AF_LINK) {
            sockaddr_dl link_address{};
            std::memcpy(&link_address, one->ifa_addr,
                        std::min<std::size_t>(sizeof link_address, one->ifa_addr->sa_len));
            found.back().bridge = link_address.sdl_type == IFT_BRIDGE;
        }
        const auto address = address_in(one->ifa_addr);
        if (!address || is_link_local(*address)) continue;
        found.back().addresses.push_back({*address, prefix_in(one->ifa_netmask, address->family)});
    }
    return found;
}

core::Status load_module(const std::string& name) {
    if (::modfind(name.c_str()) >= 0 || ::kldload(name.c_str()) >= 0 || errno == EEXIST) return {};
    const int reason = errno;
    core::Error lacks = core::error(core::ErrorKind::Unsupported,
                                    "this kernel has no " + name + ", and its module cannot be loaded: " +
                                        std::generic_category().message(reason));
    lacks.os_error = reason;
    return lacks;
}

core::Result<LinkFigures> read_link_figures() {
    ifaddrs* list = nullptr;
    if (::getifaddrs(&list) != 0) return core::os_error(errno, "list the interfaces of the host");
    const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> owner(list, &::freeifaddrs);
    LinkFigures found;
    for (const ifaddrs* one = list; one != nullptr; one = one->ifa_next) {
        if (one->ifa_addr == nullptr || one->ifa_addr->sa_family != AF_LINK || one->ifa_data == nullptr)
            continue;
        const auto& data = *static_cast<const if_data*>(one->ifa_data);
        const auto number = [](std::uint64_t value) { return static_cast<std::int64_t>(value); };
        core::Traffic& traffic = found[one->ifa_name];
        traffic.rx_bytes = number(data.ifi_ibytes);
        traffic.tx_bytes = number(data.ifi_obytes);
        traffic.rx_packets = number(data.ifi_ipackets);
        traffic.tx_packets = number(data.ifi_opackets);
        traffic.rx_dropped = number(data.ifi_iqdrops);
        traffic.tx_dropped = number(data.ifi_oqdrops);
    }
    return found;
}

core::Result<std::string> create_link(const std::string& kind) {
    const LinkControl control;
    ifreq request = request_for(kind);
    int failure = control.ask(SIOCIFCREATE2, &request);
    if (failure == EINVAL || failure == ENXIO) {
        if (auto loaded = load_module("if_" + kind); !loaded) return std::move(loaded).error();
        request = request_for(kind);
        failure = control.ask(SIOCIFCREATE2, &request);
    }
    if (failure != 0) return core::os_error(failure, "make an interface of the kind " + kind);
    return std::string(&request.ifr_name[0]);
}

core::Status destroy_link(const std::string& name) {
    ifreq request = request_for(name);
    const int failure = LinkControl().ask(SIOCIFDESTROY, &request);
    return failure == ENXIO ? core::Status() : outcome(failure, "remove the interface " + name);
}

core::Status rename_link(const std::string& name, const std::string& to) {
    ifreq request = request_for(name);
    std::string own = to;
    request.ifr_data = own.data();
    return outcome(LinkControl().ask(SIOCSIFNAME, &request), "call the interface " + name + " " + to);
}

core::Status note_on_link(const std::string& name, const std::string& note) {
    ifreq request = request_for(name);
    std::string own = note;
    request.ifr_buffer.buffer = own.data();
    request.ifr_buffer.length = own.size() + 1;
    return outcome(LinkControl().ask(SIOCSIFDESCR, &request), "describe the interface " + name);
}

core::Status add_link_to_group(const std::string& name, const std::string& group) {
    ifgroupreq request{};
    set_name(request.ifgr_name, name);
    set_name(request.ifgr_group, group);
    const int failure = LinkControl().ask(SIOCAIFGROUP, &request);
    return failure == EEXIST ? core::Status()
                             : outcome(failure, "put the interface " + name + " into a group");
}

core::Status raise_link(const std::string& name) {
    return outcome(set_flag(name, true), "raise the interface " + name);
}

core::Status lower_link(const std::string& name) {
    return outcome(set_flag(name, false), "take the interface " + name + " down");
}

core::Status add_link_to_bridge(const std::string& bridge, const std::string& name) {
    if (is_member(bridge, name)) return {};
    return outcome(ask_bridge(SIOCSDRVSPEC, BRDGADD, bridge, name),
                   "make " + name + " a member of the bridge " + bridge);
}

bool is_member(const std::string& bridge, const std::string& name) {
    return ask_bridge(SIOCGDRVSPEC, BRDGGIFFLGS, bridge, name) == 0;
}

}  // namespace potd::platform
