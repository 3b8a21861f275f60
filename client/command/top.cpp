#include "client/command/pot_view.hpp"
#include "client/command/table.hpp"
#include "client/text/figures.hpp"

namespace potd::client {
namespace {

constexpr Option top_options[] = {
    pot_option,
    {'q', "quiet", "", "print pids only"},
    format_option,
};

Table table_of_top(const Value::Array& processes) {
    Table table({{"PID", true, false, 0},
                 {"PARENT", true, false, 3},
                 {"UID", true, false, 2},
                 {"S", false, false, 1},
                 {"MEMORY", true, false, 0},
                 {"TIME", true, false, 0},
                 {"COMMAND", false, true, 0}});
    for (const auto& process : processes) {
        const double seconds = static_cast<double>(process["cpu_ms"].integer().value_or(0)) / 1000;
        table.add({whole(process["pid"]), whole(process["parent"]), process["user"].text(),
                   process["state"].text(), size(process["resident"]), format_tenths(seconds) + "s",
                   process["command"].text()});
    }
    return table;
}

Result<int> run_top(Invocation& invocation) {
    const auto pot = invocation.pot();
    if (!pot) return pot.failure();
    const auto processes = invocation.api().list(pot_url(*pot, "/processes"));
    if (!processes) return processes.failure();
    if (!invocation.has("quiet")) return invocation.print_list(*processes, table_of_top);
    for (const auto& process : (*processes)["items"].items()) invocation.print_line(whole(process["pid"]));
    return exit_code::ok;
}

}  // namespace

const Command top_command{"top",
                          "",
                          Section::Inspection,
                          Operands::Pot,
                          "[-p] POT",
                          "list the processes of a running pot",
                          "",
                          top_options,
                          run_top};

}  // namespace potd::client
