#include "daemon/platform/posix/forwarding.hpp"

#include "daemon/platform/posix/file.hpp"

#include <filesystem>
#include <string>
#include <system_error>

namespace potd::platform {
namespace {

constexpr const char* ipv4_switch = "/proc/sys/net/ipv4/ip_forward";
constexpr const char* ipv6_settings = "/proc/sys/net/ipv6/conf";

bool is_on(const std::string& path) {
    const auto text = read_file(path);
    return text && trimmed(*text) != "0";
}

core::Status keep_router_advertisements() {
    std::error_code error;
    for (std::filesystem::directory_iterator link(ipv6_settings, error), end; !error && link != end;
         link.increment(error)) {
        const std::string setting = link->path().string() + "/accept_ra";
        const auto now = read_file(setting);
        if (!now || trimmed(*now) != "1") continue;
        const core::Status kept = write_existing(setting, "2");
        // An interface may go at any moment.
        if (!kept && kept.error().kind != core::ErrorKind::NotFound) return kept;
    }
    return {};
}

}  // namespace

Forwarding read_forwarding() {
    return {is_on(ipv4_switch), is_on(std::string(ipv6_settings) + "/all/forwarding")};
}

std::string_view forwarding_setting(core::IpAddress::Family family) {
    return family == core::IpAddress::Family::V4 ? "net.ipv4.ip_forward" : "net.ipv6.conf.all.forwarding";
}

core::Status switch_on_forwarding(Forwarding wanted) {
    const Forwarding now = read_forwarding();
    core::Status done;
    if (wanted.ipv4 && !now.ipv4) done = write_existing(ipv4_switch, "1");
    if (!done || !wanted.ipv6 || now.ipv6) return done;
    done = keep_router_advertisements();
    return done ? write_existing(std::string(ipv6_settings) + "/all/forwarding", "1") : done;
}

}  // namespace potd::platform
