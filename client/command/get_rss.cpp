#include "client/command/pot_view.hpp"
#include "client/command/table.hpp"
#include "client/output/json_text.hpp"
#include "client/text/figures.hpp"

namespace potd::client {
namespace {

constexpr Option get_rss_options[] = {
    pot_option,
    {'J', "json", "", "as pot's JSON"},
};

/// pot's shape; its ticks are nanoseconds here.
Value as_pot(const Value& stats) {
    Value document;
    Value& usage = document.at("ResourceUsage");
    Value& memory = usage.at("MemoryStats");
    memory.set("RSS", stats["memory"]["current"].integer().value_or(0));
    memory.set("Swap", stats["memory"]["swap"].integer().value_or(0));
    Value& cpu = usage.at("CpuStats");
    cpu.set("TotalTicks", stats["cpu"]["usage_ns"].integer().value_or(0));
    cpu.set("Percent", stats["cpu"]["percent"].number().value_or(0));
    return document;
}

Result<int> run_get_rss(Invocation& invocation) {
    const auto pot = invocation.pot();
    if (!pot) return pot.failure();
    const auto stats = invocation.api().get(pot_url(*pot, "/stats"));
    if (!stats) return stats.failure();
    if (invocation.has("json")) {
        invocation.print_line(compact_json(as_pot(*stats)));
        return exit_code::ok;
    }
    const auto time = (*stats)["cpu"]["usage_ns"].integer();
    const auto percent = (*stats)["cpu"]["percent"].number();
    Sheet sheet;
    sheet.add("memory", size((*stats)["memory"]["current"]));
    sheet.add("swap", size((*stats)["memory"]["swap"]));
    sheet.add("cpu time", time ? format_tenths(static_cast<double>(*time) / 1e9) + "s" : "");
    sheet.add("cpu percent", percent ? format_tenths(*percent) : "");
    invocation.print(sheet.text());
    return exit_code::ok;
}

}  // namespace

const Command get_rss_command{"get-rss",
                              "",
                              Section::Inspection,
                              Operands::Pot,
                              "[-p] POT [-J]",
                              "print the memory and CPU time a pot uses",
                              "In the JSON, TotalTicks are nanoseconds.",
                              get_rss_options,
                              run_get_rss};

}  // namespace potd::client
