#include "client/command/quota.hpp"
#include "client/command/table.hpp"

namespace potd::client {
namespace {

constexpr Option set_rss_options[] = {
    pot_option,
    {'M', "memory", "SIZE", "most memory, for instance 256M"},
    {'C',
     "cpus",
     "NUMBER",
     "on so many CPUs",
     Completes::Nothing,
     {},
     "placing by number of CPUs is not in this version; create --cpuset takes a list"},
    {0, "network-rx", "SIZE",
     "most bytes a second that it receives on bridges, for instance 10M; none for no limit"},
    {0, "network-tx", "SIZE", "the same of what it sends"},
};

Result<int> run_set_rss(Invocation& invocation) {
    const auto pot = invocation.pot();
    if (!pot) return pot.failure();
    Value patch;
    for (const auto& [option, field] :
         {std::pair{"network-rx", "network_rx"}, {"network-tx", "network_tx"}}) {
        if (const auto rate = invocation.value(option)) patch.at("limits").set(field, quota_value(*rate));
    }
    if (patch.is_null() || invocation.has("memory")) {
        const auto memory = invocation.required("memory");
        if (!memory) return memory.failure();
        patch.at("limits").set("memory", *memory);
    }
    const auto changed = invocation.api().patch(pot_url(*pot), patch);
    if (!changed) return changed.failure();
    return exit_code::ok;
}

}  // namespace

const Command set_rss_command{"set-rss",
                              "",
                              Section::Settings,
                              Operands::Pot,
                              "[-p] POT [-M SIZE] [--network-rx SIZE] [--network-tx SIZE]",
                              "limit a pot's memory, and what it receives and sends",
                              "Memory takes effect at the next start, the network at once.",
                              set_rss_options,
                              run_set_rss};

}  // namespace potd::client
