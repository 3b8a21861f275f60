#include "api/convert/names.hpp"

#include <string>
#include <utility>

namespace potd::api {
namespace {

constexpr std::string_view any_address = "an IPv4 or IPv6 address";

}  // namespace

core::Result<core::DnsSpec> to_core(const wire::DnsSpec& dns) {
    core::DnsSpec out;
    if (dns.mode) {
        const auto mode = core::dns_mode_from(*dns.mode);
        if (!mode) return core::invalid_field("dns.mode", *dns.mode, "inherit, pot, custom or off");
        out.mode = *mode;
    }
    for (std::size_t i = 0; i < dns.servers.size(); ++i) {
        const auto address = core::parse_ip_address(dns.servers[i]);
        if (!address)
            return core::invalid_field("dns.servers[" + std::to_string(i) + "]", dns.servers[i], any_address);
        out.servers.push_back(*address);
    }
    out.search = dns.search;
    out.options = dns.options;
    return out;
}

core::Result<std::vector<core::HostEntry>> to_core(const std::vector<wire::HostEntry>& hosts) {
    std::vector<core::HostEntry> out;
    for (std::size_t i = 0; i < hosts.size(); ++i) {
        const auto address = core::parse_ip_address(hosts[i].address);
        if (!address)
            return core::invalid_field("hosts[" + std::to_string(i) + "].address", hosts[i].address,
                                       any_address);
        out.push_back({hosts[i].name, *address});
    }
    return out;
}

wire::DnsSpec to_wire(const core::DnsSpec& dns) {
    wire::DnsSpec out;
    out.mode = std::string(core::to_string(dns.mode));
    for (const core::IpAddress& server : dns.servers) out.servers.push_back(core::to_string(server));
    out.search = dns.search;
    out.options = dns.options;
    return out;
}

std::vector<wire::HostEntry> to_wire(const std::vector<core::HostEntry>& hosts) {
    std::vector<wire::HostEntry> out;
    out.reserve(hosts.size());
    for (const core::HostEntry& entry : hosts) out.push_back({entry.name, core::to_string(entry.address)});
    return out;
}

}  // namespace potd::api
