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
};

Result<int> run_set_rss(Invocation& invocation) {
    const auto pot = invocation.pot();
    if (!pot) return pot.failure();
    const auto memory = invocation.required("memory");
    if (!memory) return memory.failure();
    Value patch;
    patch.at("limits").set("memory", *memory);
    const auto changed = invocation.api().patch(pot_url(*pot), patch);
    if (!changed) return changed.failure();
    return exit_code::ok;
}

}  // namespace

const Command set_rss_command{"set-rss",
                              "",
                              Section::Settings,
                              Operands::Pot,
                              "[-p] POT -M SIZE",
                              "limit a pot's memory",
                              "Takes effect at the next start.",
                              set_rss_options,
                              run_set_rss};

}  // namespace potd::client
