#include "client/command/pot_view.hpp"
#include "client/command/table.hpp"
#include "client/text/figures.hpp"

namespace potd::client {
namespace {

constexpr Option ps_options[] = {
    {'a', "all", "", "also the pots that do not run"},
    quiet_names,
    format_option,
};

Table table_of_ps(const Value::Array& pots) {
    Table table({{"NAME", false, true, 0},
                 {"STATE", false, false, 0},
                 {"PID", true, false, 4},
                 {"NETWORK", false, false, 3},
                 {"IP", false, false, 2},
                 {"PORTS", false, true, 6},
                 {"UPTIME", true, false, 1},
                 {"BASE", false, true, 7},
                 {"COMMAND", false, true, 5}});
    const std::int64_t now = now_ms();
    for (const auto& pot : pots) {
        table.add({pot["name"].text(), state_cell(pot), whole(pot["run"]["pid"]), network(pot),
                   first_address(pot), ports_text(pot), uptime(pot, now), pot["spec"]["base"].text(),
                   command_line(pot)});
    }
    return table;
}

Result<int> run_ps(Invocation& invocation) {
    auto pots = invocation.api().list("/v1/pots");
    if (!pots) return pots.failure();
    if (!invocation.has("all")) {
        Value::Array up;
        for (const auto& pot : (*pots)["items"].items()) {
            if (is_up(pot)) up.push_back(pot);
        }
        pots->set("items", std::move(up));
    }
    return invocation.print_list(*pots, table_of_ps);
}

}  // namespace

const Command ps_command{
    "ps",       "",    Section::Inspection, Operands::None, "[-a] [-q]", "list the running pots", "",
    ps_options, run_ps};

}  // namespace potd::client
