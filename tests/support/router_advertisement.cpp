#include "tests/support/router_advertisement.hpp"

#include <cstdint>
#include <stdexcept>

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace potd::test {

bool advertise(const std::string& link, const std::string& network, std::chrono::seconds way_out) {
    struct {
        nd_router_advert head;
        nd_opt_prefix_info prefix;
    } advert{};
    constexpr std::uint32_t an_hour = 3600;
    advert.head.nd_ra_type = ND_ROUTER_ADVERT;
    advert.head.nd_ra_router_lifetime = htons(static_cast<std::uint16_t>(way_out.count()));
    advert.prefix.nd_opt_pi_type = ND_OPT_PREFIX_INFORMATION;
    advert.prefix.nd_opt_pi_len = sizeof advert.prefix / 8;
    advert.prefix.nd_opt_pi_prefix_len = 64;
    advert.prefix.nd_opt_pi_flags_reserved = ND_OPT_PI_FLAG_ONLINK | ND_OPT_PI_FLAG_AUTO;
    advert.prefix.nd_opt_pi_valid_time = advert.prefix.nd_opt_pi_preferred_time = htonl(an_hour);
    sockaddr_in6 all_hosts{};
    all_hosts.sin6_family = AF_INET6;
    all_hosts.sin6_scope_id = ::if_nametoindex(link.c_str());
    if (::inet_pton(AF_INET6, network.c_str(), &advert.prefix.nd_opt_pi_prefix) != 1 ||
        ::inet_pton(AF_INET6, "ff02::1", &all_hosts.sin6_addr) != 1)
        throw std::runtime_error("no network: " + network);
    const int socket = ::socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMPV6);
    const int from_the_link = 255;
    ::setsockopt(socket, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, &from_the_link, sizeof from_the_link);
    const bool sent =
        ::sendto(socket, &advert, sizeof advert, 0, reinterpret_cast<const sockaddr*>(&all_hosts),
                 sizeof all_hosts) == sizeof advert;
    ::close(socket);
    return sent;
}

}  // namespace potd::test
