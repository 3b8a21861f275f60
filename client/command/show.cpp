#include "client/command/pot_view.hpp"
#include "client/command/table.hpp"
#include "client/text/figures.hpp"

namespace potd::client {
namespace {

constexpr Option show_options[] = {
    pot_option,
    {'r', "running", "", "the running pots; what show shows if nothing is asked"},
    {'a', "all", "", "also the pots that do not run"},
    quiet_names,
    format_option,
};

Result<Value> shown_pots(Invocation& invocation) {
    const auto name = invocation.optional_pot();
    if (!name) return name.failure();
    if (name->empty()) return invocation.api().list("/v1/pots");
    if (invocation.has("all") || invocation.has("running")) return usage("-p, -a and -r exclude each other");
    const auto pot = invocation.api().get(pot_url(*name));
    if (!pot) return pot.failure();
    Value list;
    list.at("items").push(*pot);
    list.set("next", Value());
    return list;
}

/// Adds what it uses to a pot that runs; one that has just ended has nothing.
Status add_figures(Invocation& invocation, Value& pot) {
    if (!is_up(pot)) return Done{};
    const auto stats = invocation.api().get(pot_url(pot["name"].text(), "/stats"));
    if (stats) {
        pot.set("stats", *stats);
    } else if (stats.failure().exit != exit_code::conflict && stats.failure().exit != exit_code::not_found) {
        return stats.failure();
    }
    return Done{};
}

/// Where it is, of one that asked for a number of CPUs; else the list it asked for.
const std::string& cpus_text(const Value& pot) {
    return pot["cpus"].is_text() ? pot["cpus"].text() : pot["spec"]["limits"]["cpuset"].text();
}

Table table_of_show(const Value::Array& pots) {
    Table table({{"NAME", false, true, 0},
                 {"STATE", false, false, 0},
                 {"MEMORY", true, false, 0},
                 {"PEAK", true, false, 3},
                 {"LIMIT", true, false, 2},
                 {"CPU%", true, false, 0},
                 {"CPUS", true, false, 5},
                 {"PIDS", true, false, 1},
                 {"FILES", false, false, 4},
                 {"PORTS", false, true, 6}});
    for (const auto& pot : pots) {
        const Value& stats = pot["stats"];
        const Value& memory = stats["memory"];
        const auto percent = stats["cpu"]["percent"].number();
        table.add({pot["name"].text(), state_cell(pot), size(memory["current"]), size(memory["peak"]),
                   size(memory["limit"]), percent ? format_tenths(*percent) : "", cpus_text(pot),
                   whole(stats["pids"]["current"]), pot["driver"].text(), ports_text(pot)});
    }
    return table;
}

Result<int> run_show(Invocation& invocation) {
    const auto pots = shown_pots(invocation);
    if (!pots) return pots.failure();
    const auto named = invocation.optional_pot();
    const bool every = invocation.has("all") || (named && !named->empty());
    Value list;
    list.set("items", Value::array());
    for (auto pot : (*pots)["items"].items()) {
        if (!every && !is_up(pot)) continue;
        if (auto added = add_figures(invocation, pot); !added) return added.failure();
        list.at("items").push(std::move(pot));
    }
    list.set("next", Value());
    return invocation.print_list(list, table_of_show);
}

}  // namespace

const Command show_command{"show",
                           "",
                           Section::Inspection,
                           Operands::OptionalPot,
                           "[-r | -a | [-p] POT] [-q]",
                           "show what pots use",
                           "And under PORTS, which ports of the host lead to them.",
                           show_options,
                           run_show};

}  // namespace potd::client
