#include "daemon/platform/linux/uplinks.hpp"

#include "daemon/platform/posix/uplink_note.hpp"

#include <algorithm>
#include <utility>

#include <unistd.h>

namespace potd::platform {
namespace {

bool is_of_its_link(const core::IpAddress& address) {
    return address.family == core::IpAddress::Family::V6 && address.bytes[0] == 0xfe &&
           (address.bytes[1] & 0xc0U) == 0x80;
}

/// Found early where /sys is of this network; else the kernel says so when it is to be a member.
bool is_wireless(const std::string& name) {
    return ::access(("/sys/class/net/" + name + "/phy80211").c_str(), F_OK) == 0;
}

/// Why the host would miss it: what comes in by a member is the bridge's.
core::Status check_is_spare(const HostInterface& link) {
    for (const core::InterfaceAddress& one : link.addresses) {
        if (is_of_its_link(one.address)) continue;
        return uplink_conflict("the host has the address " + core::to_string(one) + " on " + link.name +
                               ", and would not be reached there any more; expected an interface without "
                               "addresses of the host, for instance a VLAN");
    }
    if (!link.default_route) return {};
    return uplink_conflict("a default route of the host goes by " + link.name +
                           "; expected an interface that it can do without");
}

core::Status check_kind(const HostInterface& link) {
    if (link.loopback) return uplink_conflict(link.name + " is the host's loopback interface");
    if (link.kind == "bridge") return uplink_conflict(link.name + " is a bridge itself");
    if (is_wireless(link.name))
        return uplink_conflict(link.name + " is wireless, where a station sends with its own address alone");
    if (!link.ethernet) return uplink_conflict(link.name + " carries no frames of Ethernet");
    return {};
}

}  // namespace

core::Result<HostInterface> find_uplink(const HostNetwork& host, const std::string& name, std::uint32_t own) {
    if (::access("/proc/sys/net/ipv6", F_OK) != 0) {
        core::Error lacks =
            core::error(core::ErrorKind::Unsupported,
                        "uplink: this kernel has no IPv6, by which pots beyond an uplink have addresses");
        lacks.field = "uplink";
        return lacks;
    }
    const auto by = [&](const auto& is) {
        const auto found = std::find_if(host.interfaces.begin(), host.interfaces.end(), is);
        return found == host.interfaces.end() ? nullptr : &*found;
    };
    const HostInterface* const link = by([&](const HostInterface& one) { return one.name == name; });
    if (link == nullptr) return uplink_conflict("the host has no interface '" + name + "'");
    if (link->master != 0 && link->master == own) return *link;
    if (link->master != 0) {
        const HostInterface* const master =
            by([&](const HostInterface& one) { return one.index == link->master; });
        return uplink_conflict(name + " is a member of " +
                               (master == nullptr ? std::string("something else") : master->name) +
                               " already");
    }
    core::Status usable = check_kind(*link);
    if (usable) usable = check_is_spare(*link);
    if (!usable) return std::move(usable).error();
    return *link;
}

}  // namespace potd::platform
