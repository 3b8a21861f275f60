#include "client/command/table.hpp"

namespace potd::client {
namespace {

constexpr Option vnet_start_options[] = {
    {'B', "bridge", "BRIDGE", "this private bridge; the public one if not given", Completes::Bridges},
};

Result<int> run_vnet_start(Invocation& invocation) {
    const std::string bridge = invocation.value("bridge").value_or("public");
    const auto raised = invocation.api().post(network_url(bridge, "/start"));
    if (!raised) return raised.failure();
    return exit_code::ok;
}

}  // namespace

const Command vnet_start_command{"vnet-start",
                                 "",
                                 Section::System,
                                 Operands::None,
                                 "[-B BRIDGE]",
                                 "have a bridge in the kernel before the first pot needs it",
                                 "With its addresses and the rules of the firewall. Done again it changes "
                                 "nothing; it never touches rules that are not potd's.",
                                 vnet_start_options,
                                 run_vnet_start};

}  // namespace potd::client
