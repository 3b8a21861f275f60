#include "client/command/async.hpp"
#include "client/command/table.hpp"
#include "client/text/decimal.hpp"

namespace potd::client {
namespace {

constexpr Option create_private_bridge_options[] = {
    {'B', "bridge", "BRIDGE", "its name"},
    {'S', "hosts", "NUMBER", "so many IPv4 addresses at least, the gateway's included; 254 if not given"},
    {0, "ipv4", "NETWORK",
     "its IPv4 network, for instance 10.20.0.0/24, instead of one that is free; or none"},
    {0, "ipv6", "NETWORK",
     "its IPv6 network, for instance fd00:1::/64, instead of one that is free; or none"},
    {0, "isolated", "", "its pots reach the host and what is outside, not each other"},
    {0, "uplink", "INTERFACE",
     "of the host: a member of the bridge, whose pots are on the network beyond and have addresses of IPv6 "
     "by what "
     "routers there advertise (SLAAC)"},
    {0, "routed", "",
     "routers know that its IPv6 network is behind this host: pots are seen by their own addresses, not by "
     "the host's"},
    {'q', "quiet", "", "say nothing unless it fails"},
    async_option,
};

Result<int> run_create_private_bridge(Invocation& invocation) {
    const auto name = invocation.required("bridge");
    if (!name) return name.failure();
    Value body;
    body.set("name", *name);
    if (const auto hosts = invocation.value("hosts")) {
        const auto number = whole_number(*hosts);
        if (!number) return usage("-S/--hosts: '" + *hosts + "' is not a number");
        body.set("hosts", *number);
    }
    for (const std::string_view field : {"ipv4", "ipv6", "uplink"}) {
        if (const auto value = invocation.value(field)) body.set(field, *value);
    }
    for (const std::string_view field : {"isolated", "routed"}) {
        if (invocation.has(field)) body.set(field, true);
    }
    prefer_async(invocation);
    const auto made = invocation.api().post("/v1/networks", body);
    if (!made) return made.failure();
    print_operation(invocation, *made);
    const bool told = invocation.has("quiet") || invocation.has("async");
    if (!told) invocation.print_line((*made)["name"].text());
    return exit_code::ok;
}

}  // namespace

const Command create_private_bridge_command{
    "create-private-bridge",
    "",
    Section::Objects,
    Operands::None,
    "-B BRIDGE [-S NUMBER] [--ipv4 NETWORK] [--ipv6 NETWORK] [--uplink INTERFACE] [--routed] "
    "[--isolated] [-q] [--async]",
    "make a bridge for pots of the type private-bridge",
    "It prints its name. Its networks overlap no other one that this machine knows. The first pot on it that "
    "starts has it in the kernel; vnet-start does so before.",
    create_private_bridge_options,
    run_create_private_bridge};

}  // namespace potd::client
