#include "daemon/monitor/freebsd/network_calls.hpp"

#include <cerrno>
#include <cstring>

#include <net/route.h>
#include <netinet/in.h>
// after netinet/in.h
#include <netinet/icmp6.h>
#include <netinet/in_var.h>
#include <netinet6/in6_var.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace potd::monitor {
namespace {

// From <netinet6/nd6.h>, which is not C++.
constexpr std::uint32_t forever = 0xffffffff;  // ND6_INFINITE_LIFETIME
constexpr std::uint32_t accept_routers = 0x2, disabled = 0x8, auto_link_local = 0x20, no_way_out = 0x40,
                        no_dad = 0x100;
struct nd_ifinfo {
    std::uint32_t linkmtu, maxmtu, basereachable, reachable, retrans, flags;
    int recalctm;
    std::uint8_t chlim, initialized, randomseed0[8], randomseed1[8], randomid[8];
};
struct in6_ndireq {
    char ifname[IFNAMSIZ];
    nd_ifinfo ndi;
};

/// A socket of a family for one call.
class Control {
  public:
    explicit Control(int family) : socket_(open_control(family)), failure_(socket_ < 0 ? errno : 0) {}
    ~Control() {
        if (socket_ >= 0) ::close(socket_);
    }
    Control(const Control&) = delete;
    Control& operator=(const Control&) = delete;
    [[nodiscard]] int ask(unsigned long request, void* argument) const {
        return failure_ != 0 ? failure_ : ask_control(socket_, request, argument);
    }
    /// Of opening it.
    [[nodiscard]] int failure() const { return failure_; }

  private:
    int socket_, failure_;
};

void put_mask(void* to, std::uint8_t prefix) {
    auto* const bytes = static_cast<unsigned char*>(to);
    for (unsigned bit = 0; bit < prefix; ++bit)
        bytes[bit / 8] = static_cast<unsigned char>(bytes[bit / 8] | (0x80U >> (bit % 8)));
}

sockaddr_in socket_address_4(std::span<const std::byte> bytes) {
    sockaddr_in address{};
    address.sin_len = sizeof address;
    address.sin_family = AF_INET;
    if (!bytes.empty()) std::memcpy(&address.sin_addr, bytes.data(), sizeof address.sin_addr);
    return address;
}

sockaddr_in6 socket_address_6(std::span<const std::byte> bytes) {
    sockaddr_in6 address{};
    address.sin6_len = sizeof address;
    address.sin6_family = AF_INET6;
    if (!bytes.empty()) std::memcpy(&address.sin6_addr, bytes.data(), sizeof address.sin6_addr);
    return address;
}

int add_4(std::string_view name, std::span<const std::byte> bytes, std::uint8_t prefix) {
    in_aliasreq request{};
    put_link_name(request.ifra_name, name);
    request.ifra_addr = socket_address_4(bytes);
    request.ifra_mask = socket_address_4({});
    put_mask(&request.ifra_mask.sin_addr, prefix);
    return Control(AF_INET).ask(SIOCAIFADDR, &request);
}

int add_6(std::string_view name, std::span<const std::byte> bytes, std::uint8_t prefix) {
    in6_aliasreq request{};
    put_link_name(request.ifra_name, name);
    request.ifra_addr = socket_address_6(bytes);
    request.ifra_prefixmask = socket_address_6({});
    put_mask(&request.ifra_prefixmask.sin6_addr, prefix);
    request.ifra_lifetime.ia6t_vltime = request.ifra_lifetime.ia6t_pltime = forever;
    return Control(AF_INET6).ask(SIOCAIFADDR_IN6, &request);
}

/// A message of route(4): to everywhere, by a gateway. Its parts begin at multiples of a long (SA_SIZE).
template <class Address>
struct RouteMessage {
    rt_msghdr header;
    alignas(long) Address to;
    alignas(long) Address gateway;
    alignas(long) Address mask;
};

template <class Address>
int add_route(const Address& everywhere, const Address& gateway) {
    RouteMessage<Address> message{};
    message.header.rtm_msglen = sizeof message;
    message.header.rtm_version = RTM_VERSION;
    message.header.rtm_type = RTM_ADD;
    message.header.rtm_flags = RTF_UP | RTF_GATEWAY | RTF_STATIC;
    message.header.rtm_addrs = RTA_DST | RTA_GATEWAY | RTA_NETMASK;
    message.header.rtm_seq = 1;
    message.to = message.mask = everywhere;
    message.gateway = gateway;
    const int socket = ::socket(PF_ROUTE, SOCK_RAW | SOCK_CLOEXEC, 0);
    if (socket < 0) return errno;
    const int failure = ::write(socket, &message, sizeof message) < 0 ? errno : 0;
    ::close(socket);
    return failure;
}

}  // namespace

int open_control(int family) {
    return ::socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
}

int ask_control(int socket, unsigned long request, void* argument) {
    return ::ioctl(socket, request, argument) == 0 ? 0 : errno;
}

void put_link_name(char (&to)[IFNAMSIZ], std::string_view name) {
    for (std::size_t i = 0; i + 1 < sizeof to && i < name.size(); ++i) to[i] = name[i];
}

int raise_link(int socket, std::string_view name) {
    ifreq request{};
    put_link_name(request.ifr_name, name);
    int failure = ask_control(socket, SIOCGIFFLAGS, &request);
    request.ifr_flags = static_cast<short>(request.ifr_flags | IFF_UP);
    if (failure == 0) failure = ask_control(socket, SIOCSIFFLAGS, &request);
    return failure;
}

int add_link_address(std::string_view name, std::span<const std::byte> bytes, std::uint8_t prefix) {
    return bytes.size() == sizeof(in_addr) ? add_4(name, bytes, prefix) : add_6(name, bytes, prefix);
}

int set_link_ipv6(std::string_view name, bool on) {
    const Control control(AF_INET6);
    const bool lacks = control.failure() == EAFNOSUPPORT || control.failure() == EPROTONOSUPPORT;
    if (lacks && !on) return 0;
    in6_ndireq request{};
    put_link_name(request.ifname, name);
    if (const int failure = control.ask(SIOCGIFINFO_IN6, &request); failure != 0) return failure;
    request.ndi.flags &= ~(accept_routers | disabled | auto_link_local | no_dad);
    request.ndi.flags |= on ? auto_link_local | no_dad : disabled;
    return control.ask(SIOCSIFINFO_FLAGS, &request);
}

int let_routers_address(std::string_view name) {
    const Control control(AF_INET6);
    if (control.failure() == EAFNOSUPPORT || control.failure() == EPROTONOSUPPORT) return 0;
    in6_ndireq request{};
    put_link_name(request.ifname, name);
    if (const int failure = control.ask(SIOCGIFINFO_IN6, &request); failure != 0) return failure;
    request.ndi.flags &= ~disabled;
    request.ndi.flags |= accept_routers | auto_link_local;
    return control.ask(SIOCSIFINFO_FLAGS, &request);
}

int follow_link_routers(std::string_view name, RouterRules rules) {
    const Control control(AF_INET6);
    in6_ndireq request{};
    put_link_name(request.ifname, name);
    if (const int failure = control.ask(SIOCGIFINFO_IN6, &request); failure != 0) return failure;
    request.ndi.flags &= ~(disabled | no_way_out | no_dad);
    request.ndi.flags |= accept_routers | auto_link_local;
    if (!rules.are_way_out) request.ndi.flags |= no_way_out;
    if (rules.untried) request.ndi.flags |= no_dad;
    return control.ask(SIOCSIFINFO_FLAGS, &request);
}

int solicit_routers(std::string_view name) {
    char link[IFNAMSIZ] = {};
    put_link_name(link, name);
    const unsigned index = ::if_nametoindex(link);
    if (index == 0) return errno;
    const int socket = ::socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMPV6);
    if (socket < 0) return errno;
    const int from_the_link = 255;
    nd_router_solicit ask{};
    ask.nd_rs_type = ND_ROUTER_SOLICIT;
    sockaddr_in6 all_routers = socket_address_6({});
    all_routers.sin6_scope_id = index;
    all_routers.sin6_addr.s6_addr[0] = 0xff;
    all_routers.sin6_addr.s6_addr[1] = all_routers.sin6_addr.s6_addr[15] = 2;
    int failure = 0;
    if (::setsockopt(socket, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, &from_the_link, sizeof from_the_link) != 0 ||
        ::sendto(socket, &ask, sizeof ask, 0, reinterpret_cast<const sockaddr*>(&all_routers),
                 sizeof all_routers) < 0)
        failure = errno;
    ::close(socket);
    return failure;
}

int add_default_route(std::span<const std::byte> gateway) {
    if (gateway.size() == sizeof(in_addr)) return add_route(socket_address_4({}), socket_address_4(gateway));
    return add_route(socket_address_6({}), socket_address_6(gateway));
}

}  // namespace potd::monitor
