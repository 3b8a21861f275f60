#pragma once

#include "core/base/result.hpp"
#include "core/model/ip_address.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace potd::core {

/// Where the programs of a pot ask for names: what its /etc/resolv.conf says.
enum class DnsMode {
    Inherit,  ///< as the host
    Pot,      ///< the pot that the configuration names
    Custom,   ///< the servers of the spec
    Off,      ///< what the pot's own files say
};

struct DnsSpec {
    DnsMode mode = DnsMode::Inherit;
    std::vector<IpAddress> servers;    ///< Custom: at least one, in the order they are asked
    std::vector<std::string> search;   ///< Custom, Pot: domains that names without a dot are looked for in
    std::vector<std::string> options;  ///< Custom, Pot: "ndots:2", as resolv.conf(5) has them
    friend bool operator==(const DnsSpec&, const DnsSpec&) = default;
};

/// A name that a pot knows by its /etc/hosts.
struct HostEntry {
    std::string name;
    IpAddress address;
    friend bool operator==(const HostEntry&, const HostEntry&) = default;
};

[[nodiscard]] std::string_view to_string(DnsMode mode) noexcept;
[[nodiscard]] std::optional<DnsMode> dns_mode_from(std::string_view text) noexcept;

/// A name as hosts(5) and the search list take it: labels of [A-Za-z0-9_-], 1 to 63 characters each, that do
/// not begin or end with a dash, joined by dots; at most 253 in all.
[[nodiscard]] Status check_host_name(std::string_view name, std::string_view field);

/// InvalidArgument with the field ("dns.servers[1]").
[[nodiscard]] Status validate(const DnsSpec& dns);
/// InvalidArgument with the field ("hosts[3].name").
[[nodiscard]] Status validate(const std::vector<HostEntry>& hosts);

}  // namespace potd::core
