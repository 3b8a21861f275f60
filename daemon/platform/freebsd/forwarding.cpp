#include "daemon/platform/posix/forwarding.hpp"

#include <cerrno>
#include <cstddef>

#include <sys/types.h>
// after sys/types.h
#include <sys/sysctl.h>

namespace potd::platform {
namespace {

constexpr const char* ipv4_switch = "net.inet.ip.forwarding";
constexpr const char* ipv6_switch = "net.inet6.ip6.forwarding";

bool is_on(const char* name) {
    int value = 0;
    std::size_t size = sizeof value;
    return ::sysctlbyname(name, &value, &size, nullptr, 0) == 0 && value != 0;
}

core::Status switch_on(const char* name) {
    const int on = 1;
    if (::sysctlbyname(name, nullptr, nullptr, &on, sizeof on) == 0) return {};
    return core::os_error(errno, name);
}

}  // namespace

Forwarding read_forwarding() {
    return {is_on(ipv4_switch), is_on(ipv6_switch)};
}

std::string_view forwarding_setting(core::IpAddress::Family family) {
    return family == core::IpAddress::Family::V4 ? ipv4_switch : ipv6_switch;
}

core::Status switch_on_forwarding(Forwarding wanted) {
    const Forwarding now = read_forwarding();
    core::Status done;
    if (wanted.ipv4 && !now.ipv4) done = switch_on(ipv4_switch);
    if (!done || !wanted.ipv6 || now.ipv6) return done;
    done = switch_on("net.inet6.ip6.rfc6204w3");
    return done ? switch_on(ipv6_switch) : done;
}

}  // namespace potd::platform
