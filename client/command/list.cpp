#include "client/command/pot_view.hpp"
#include "client/command/table.hpp"
#include "client/text/figures.hpp"

namespace potd::client {
namespace {

constexpr Option list_options[] = {
    {'p', "pots", "", "the pots; what list shows if nothing is asked"},
    {'b', "bases", "", "the bases"},
    {'f', "fscomps", "", "the volumes"},
    {'F', "flavours", "", "the flavours"},
    {'B', "bridges", "", "the bridges"},
    {'a', "all", "", "all of these"},
    quiet_names,
    format_option,
};

Table pots_table(const Value::Array& pots) {
    Table table({{"NAME", false, true, 0},
                 {"STATE", false, false, 0},
                 {"BASE", false, true, 1},
                 {"TYPE", false, false, 4},
                 {"LEVEL", true, false, 5},
                 {"NETWORK", false, false, 3},
                 {"IP", false, false, 3},
                 {"AGE", true, false, 2}});
    const std::int64_t now = now_ms();
    for (const auto& pot : pots) {
        const Value& spec = pot["spec"];
        table.add({pot["name"].text(), state_cell(pot), spec["base"].text(), spec["type"].text(),
                   whole(spec["level"]), network(pot), first_address(pot), age(pot["created_at"], now)});
    }
    return table;
}

std::string pots_of(const Value& base) {
    std::string names = base["base_pot"].text();
    for (const auto& pot : base["pots"].items()) names += (names.empty() ? "" : " ") + pot.text();
    return names;
}

Table bases_table(const Value::Array& bases) {
    Table table({{"NAME", false, true, 0},
                 {"SOURCE", false, false, 1},
                 {"ORIGIN", false, true, 4},
                 {"SIZE", true, false, 0},
                 {"POTS", false, true, 3},
                 {"AGE", true, false, 2}});
    const std::int64_t now = now_ms();
    for (const auto& base : bases) {
        table.add({base["name"].text(), base["source"].text(), base["origin"].text(), size(base["size"]),
                   pots_of(base), age(base["created_at"], now)});
    }
    return table;
}

/// Several mounts in one pot are one use.
std::string users_of(const Value& used) {
    std::string names;
    std::string last;
    for (const auto& use : used["used_by"].items()) {
        if (use["pot"].text() == last) continue;
        last = use["pot"].text();
        names += (names.empty() ? "" : " ") + last;
    }
    return names;
}

Table fscomps_table(const Value::Array& fscomps) {
    Table table({{"NAME", false, true, 0},
                 {"SIZE", true, false, 2},
                 {"QUOTA", true, false, 2},
                 {"POTS", false, true, 1},
                 {"AGE", true, false, 3}});
    const std::int64_t now = now_ms();
    for (const auto& fscomp : fscomps) {
        table.add({fscomp["name"].text(), size(fscomp["bytes"]), size(fscomp["quota"]), users_of(fscomp),
                   age(fscomp["created_at"], now)});
    }
    return table;
}

Table flavours_table(const Value::Array& flavours) {
    Table table({{"NAME", false, true, 0},
                 {"COMMANDS", false, false, 2},
                 {"SCRIPT", false, false, 2},
                 {"DIRECTORY", false, true, 1}});
    const auto has = [](const Value& part) { return std::string(part.flag() ? "yes" : "no"); };
    for (const auto& flavour : flavours) {
        table.add({flavour["name"].text(), has(flavour["has_commands"]), has(flavour["has_script"]),
                   flavour["directory"].text()});
    }
    return table;
}

/// A family of a network; empty without it.
std::string network_of_bridge(const Value& bridge, std::string_view family) {
    return bridge[family].is_null() ? std::string() : bridge[family]["network"].text();
}

Table bridges_table(const Value::Array& bridges) {
    Table table({{"NAME", false, true, 0},
                 {"IPV4", false, false, 0},
                 {"IPV6", false, false, 2},
                 {"UPLINK", false, false, 5},
                 {"ROUTED", false, false, 6},
                 {"ISOLATED", false, false, 4},
                 {"POTS", false, true, 1},
                 {"AGE", true, false, 3}});
    const std::int64_t now = now_ms();
    for (const auto& bridge : bridges) {
        table.add({bridge["name"].text(), network_of_bridge(bridge, "ipv4"),
                   network_of_bridge(bridge, "ipv6"), bridge["uplink"].text(),
                   bridge["routed"].flag() ? "yes" : "no", bridge["isolated"].flag() ? "yes" : "no",
                   users_of(bridge), age(bridge["created_at"], now)});
    }
    return table;
}

/// Their sizes are counted only if that is asked for.
std::string fscomps_list(const Invocation& invocation) {
    return invocation.has("verbose") ? "/v1/fscomps?size=true" : "/v1/fscomps";
}

Result<int> print_all(Invocation& invocation) {
    if (invocation.has("quiet")) return usage("-a and -q exclude each other");
    auto pots = invocation.api().list("/v1/pots");
    if (!pots) return pots.failure();
    auto bases = invocation.api().list("/v1/bases");
    if (!bases) return bases.failure();
    auto fscomps = invocation.api().list(fscomps_list(invocation));
    if (!fscomps) return fscomps.failure();
    auto flavours = invocation.api().list("/v1/flavours");
    if (!flavours) return flavours.failure();
    auto bridges = invocation.api().list("/v1/networks");
    if (!bridges) return bridges.failure();
    Value all;
    all.set("pots", *pots);
    all.set("bases", *bases);
    all.set("fscomps", *fscomps);
    all.set("flavours", *flavours);
    all.set("networks", *bridges);
    if (invocation.print_document(all)) return exit_code::ok;
    invocation.print("Bases\n");
    invocation.print(bases_table((*bases)["items"].items()));
    invocation.print("\nVolumes\n");
    invocation.print(fscomps_table((*fscomps)["items"].items()));
    invocation.print("\nFlavours\n");
    invocation.print(flavours_table((*flavours)["items"].items()));
    invocation.print("\nBridges\n");
    invocation.print(bridges_table((*bridges)["items"].items()));
    invocation.print("\nPots\n");
    invocation.print(pots_table((*pots)["items"].items()));
    return exit_code::ok;
}

Result<int> run_list(Invocation& invocation) {
    int kinds = 0;
    for (const std::string_view kind : {"pots", "bases", "fscomps", "flavours", "bridges", "all"}) {
        kinds += invocation.has(kind) ? 1 : 0;
    }
    if (kinds > 1) return usage("-p, -b, -f, -F, -B and -a exclude each other");
    if (invocation.has("all")) return print_all(invocation);
    if (invocation.has("fscomps")) {
        const auto fscomps = invocation.api().list(fscomps_list(invocation));
        if (!fscomps) return fscomps.failure();
        return invocation.print_list(*fscomps, fscomps_table);
    }
    if (invocation.has("flavours")) {
        const auto flavours = invocation.api().list("/v1/flavours");
        if (!flavours) return flavours.failure();
        return invocation.print_list(*flavours, flavours_table);
    }
    if (invocation.has("bridges")) {
        const auto bridges = invocation.api().list("/v1/networks");
        if (!bridges) return bridges.failure();
        return invocation.print_list(*bridges, bridges_table);
    }
    const bool bases = invocation.has("bases");
    const auto list = invocation.api().list(bases ? "/v1/bases" : "/v1/pots");
    if (!list) return list.failure();
    return invocation.print_list(*list, bases ? bases_table : pots_table);
}

}  // namespace

const Command list_command{"list",
                           "ls",
                           Section::Inspection,
                           Operands::None,
                           "[-p | -b | -f | -F | -B | -a] [-q] [-v]",
                           "list pots, bases and what else there is",
                           "With -v volumes with their sizes, too, which are counted for that.",
                           list_options,
                           run_list};

}  // namespace potd::client
