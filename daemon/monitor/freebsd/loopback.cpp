#include "daemon/monitor/freebsd/loopback.hpp"

#include "daemon/monitor/freebsd/process.hpp"

#include <cerrno>
#include <cstddef>
#include <cstdint>

#include <sys/types.h>
// after sys/types.h
#include <net/if.h>
#include <netinet/in.h>
// after netinet/in.h
#include <netinet/in_var.h>
#include <netinet6/in6_var.h>
#include <sys/ioctl.h>
#include <sys/param.h>
#include <sys/socket.h>
// after sys/param.h
#include <sys/jail.h>
#include <sys/wait.h>
#include <unistd.h>

namespace potd::monitor {
namespace {

/// ND6_INFINITE_LIFETIME; <netinet6/nd6.h> is not C++.
constexpr std::uint32_t forever = 0xffffffff;

constexpr char name[] = "lo0";

void set_name(char (&to)[IFNAMSIZ]) {
    for (std::size_t i = 0; i < sizeof name; ++i) to[i] = name[i];
}

int add_v4() {
    const int socket = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (socket < 0) return errno;
    in_aliasreq request{};
    set_name(request.ifra_name);
    request.ifra_addr.sin_len = request.ifra_mask.sin_len = sizeof(sockaddr_in);
    request.ifra_addr.sin_family = request.ifra_mask.sin_family = AF_INET;
    request.ifra_addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    request.ifra_mask.sin_addr.s_addr = htonl(IN_CLASSA_NET);
    // The first address of an interface brings it up.
    const int failure = ::ioctl(socket, SIOCAIFADDR, &request) == 0 ? 0 : errno;
    ::close(socket);
    return failure;
}

int add_v6() {
    const int socket = ::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (socket < 0) return errno == EAFNOSUPPORT || errno == EPROTONOSUPPORT ? 0 : errno;
    in6_aliasreq request{};
    set_name(request.ifra_name);
    request.ifra_addr.sin6_len = request.ifra_prefixmask.sin6_len = sizeof(sockaddr_in6);
    request.ifra_addr.sin6_family = request.ifra_prefixmask.sin6_family = AF_INET6;
    request.ifra_addr.sin6_addr.s6_addr[15] = 1;
    for (unsigned char& byte : request.ifra_prefixmask.sin6_addr.s6_addr) byte = 0xff;
    request.ifra_lifetime.ia6t_vltime = request.ifra_lifetime.ia6t_pltime = forever;
    const int failure = ::ioctl(socket, SIOCAIFADDR_IN6, &request) == 0 || errno == EEXIST ? 0 : errno;
    ::close(socket);
    return failure;
}

[[noreturn]] void raise_inside(int jail) {
    close_all_except({});
    int failure = ::jail_attach(jail) == 0 ? 0 : errno;
    if (failure == 0) failure = add_v4();
    if (failure == 0) failure = add_v6();
    ::_exit(failure);
}

}  // namespace

bool raise_loopback(int jail, Fault& fault) {
    const pid_t helper = ::fork();
    if (helper == 0) raise_inside(jail);
    int status = 0;
    if (helper < 0) return fail(fault, Stage::Network, -errno, "raise the loopback interface");
    while (::waitpid(helper, &status, 0) < 0) {
        if (errno != EINTR) return fail(fault, Stage::Network, -errno, "raise the loopback interface");
    }
    // errno values fit into an exit status.
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return true;
    const int failure = WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
    return fail(fault, Stage::Network, -failure, "raise the loopback interface");
}

}  // namespace potd::monitor
