#include "daemon/platform/freebsd/interface_addresses.hpp"

#include "daemon/platform/freebsd/socket_address.hpp"
#include "daemon/platform/posix/unique_fd.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>

#include <sys/types.h>
// after sys/types.h
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
// after netinet/in.h
#include <netinet/in_var.h>
#include <netinet6/in6_var.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace potd::platform {
namespace {

/// ND6_INFINITE_LIFETIME; <netinet6/nd6.h> is not C++.
constexpr std::uint32_t forever = 0xffffffff;

using Family = core::IpAddress::Family;

UniqueFd control_socket(Family family) {
    return UniqueFd(::socket(family == Family::V4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
}

void put_bytes(void* to, const core::IpAddress& address) {
    std::memcpy(to, address.bytes.data(), static_cast<std::size_t>(address.bits() / 8));
}

/// The first `prefix` bits set.
core::IpAddress mask_of(const HostAlias& alias) {
    core::IpAddress mask;
    mask.family = alias.address.family;
    for (int bit = 0; bit < alias.prefix; ++bit)
        mask.bytes[static_cast<std::size_t>(bit / 8)] |= static_cast<std::uint8_t>(0x80U >> (bit % 8));
    return mask;
}

sockaddr_in socket_address_4(const core::IpAddress& address) {
    sockaddr_in result{};
    result.sin_len = sizeof result;
    result.sin_family = AF_INET;
    put_bytes(&result.sin_addr, address);
    return result;
}

sockaddr_in6 socket_address_6(const core::IpAddress& address) {
    sockaddr_in6 result{};
    result.sin6_len = sizeof result;
    result.sin6_family = AF_INET6;
    put_bytes(&result.sin6_addr, address);
    return result;
}

/// The name fits: it was checked with the spec.
template <std::size_t Size>
void put_name(char (&to)[Size], const std::string& name) {
    std::memcpy(&to[0], name.data(), std::min(name.size(), Size - 1));
}

int add_4(int socket, const HostAlias& alias) {
    in_aliasreq request{};
    put_name(request.ifra_name, alias.interface);
    request.ifra_addr = socket_address_4(alias.address);
    request.ifra_mask = socket_address_4(mask_of(alias));
    return ::ioctl(socket, SIOCAIFADDR, &request);
}

int add_6(int socket, const HostAlias& alias) {
    in6_aliasreq request{};
    put_name(request.ifra_name, alias.interface);
    request.ifra_addr = socket_address_6(alias.address);
    request.ifra_prefixmask = socket_address_6(mask_of(alias));
    request.ifra_lifetime.ia6t_vltime = request.ifra_lifetime.ia6t_pltime = forever;
    if (::ioctl(socket, SIOCAIFADDR_IN6, &request) != 0) return -1;
    // A new address is tentative for a second, when no program can bind to it; one that is set again is not.
    return ::ioctl(socket, SIOCAIFADDR_IN6, &request);
}

/// What the kernel says of one address: IN6_IFF_… of <netinet6/in6_var.h>.
int flags_of(int socket, const std::string& interface, const core::IpAddress& address) {
    in6_ifreq request{};
    put_name(request.ifr_name, interface);
    request.ifr_addr = socket_address_6(address);
    return ::ioctl(socket, SIOCGIFAFLAG_IN6, &request) == 0 ? request.ifr_ifru.ifru_flags6
                                                            : IN6_IFF_TENTATIVE;
}

/// Each entry of SIOCGIFCONF is a name and an address, which says its own size.
template <class Take>
void each_address(std::span<const std::byte> entries, const Take& take) {
    while (entries.size() >= sizeof(ifreq)) {
        ifreq entry{};
        std::memcpy(&entry, entries.data(), sizeof entry);
        const std::size_t size =
            sizeof entry.ifr_name + std::max<std::size_t>(sizeof entry.ifr_addr, entry.ifr_addr.sa_len);
        if (size > entries.size()) return;
        sockaddr_storage address{};
        std::memcpy(&address, entries.data() + sizeof entry.ifr_name,
                    std::min(sizeof address, size - sizeof entry.ifr_name));
        take(std::string(&entry.ifr_name[0]), address_in(reinterpret_cast<const sockaddr*>(&address)));
        entries = entries.subspan(size);
    }
}

bool is_link_local_6(const core::IpAddress& address) {
    return address.bytes[0] == 0xfe && (address.bytes[1] & 0xc0U) == 0x80;
}

std::string described(const HostAlias& alias) {
    return core::to_string(alias.address) + " on " + alias.interface;
}

}  // namespace

core::Result<std::vector<HostAddress>> read_host_addresses() {
    ifaddrs* list = nullptr;
    if (::getifaddrs(&list) != 0) return core::os_error(errno, "list the addresses of the host");
    const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> owner(list, &::freeifaddrs);
    std::vector<HostAddress> found;
    for (const ifaddrs* one = list; one != nullptr; one = one->ifa_next) {
        if (const auto address = address_in(one->ifa_addr)) found.push_back({one->ifa_name, *address});
    }
    return found;
}

std::optional<core::IpAddress> advertised_address(int socket, const std::string& interface,
                                                  const core::HardwareAddress& hardware) {
    std::vector<std::byte> buffer(std::size_t{64} << 10U);
    ifconf all{};
    all.ifc_len = static_cast<int>(buffer.size());
    all.ifc_buf = reinterpret_cast<char*>(buffer.data());
    if (::ioctl(socket, SIOCGIFCONF, &all) != 0) return std::nullopt;
    std::optional<core::IpAddress> best;
    bool best_is_old = false;
    const auto take = [&](const std::string& name, const std::optional<core::IpAddress>& address) {
        if (!address || name != interface || address->family != Family::V6 || is_link_local_6(*address) ||
            core::eui64_address(*address, hardware) != *address)
            return;
        const int flags = flags_of(socket, interface, *address);
        if ((flags & (IN6_IFF_TENTATIVE | IN6_IFF_DUPLICATED)) != 0) return;
        const bool is_old = (flags & IN6_IFF_DEPRECATED) != 0;
        if (best && (is_old || !best_is_old)) return;
        best = address;
        best_is_old = is_old;
    };
    each_address(std::span(buffer).first(static_cast<std::size_t>(all.ifc_len)), take);
    return best;
}

bool interface_exists(const std::string& name) {
    return ::if_nametoindex(name.c_str()) != 0;
}

core::Status add_alias(const HostAlias& alias) {
    const UniqueFd socket = control_socket(alias.address.family);
    if (!socket) return core::os_error(errno, "open a socket for " + described(alias));
    const int result =
        alias.address.family == Family::V4 ? add_4(socket.get(), alias) : add_6(socket.get(), alias);
    return result == 0 ? core::Status() : core::os_error(errno, "add the address " + described(alias));
}

core::Status remove_alias(const HostAlias& alias) {
    const UniqueFd socket = control_socket(alias.address.family);
    if (!socket) return core::os_error(errno, "open a socket for " + described(alias));
    int result = 0;
    if (alias.address.family == Family::V4) {
        ifreq request{};
        put_name(request.ifr_name, alias.interface);
        const sockaddr_in address = socket_address_4(alias.address);
        std::memcpy(&request.ifr_addr, &address, sizeof address);
        result = ::ioctl(socket.get(), SIOCDIFADDR, &request);
    } else {
        in6_ifreq request{};
        put_name(request.ifr_name, alias.interface);
        request.ifr_addr = socket_address_6(alias.address);
        result = ::ioctl(socket.get(), SIOCDIFADDR_IN6, &request);
    }
    if (result == 0 || errno == EADDRNOTAVAIL || errno == ENXIO) return {};
    return core::os_error(errno, "remove the address " + described(alias));
}

}  // namespace potd::platform
