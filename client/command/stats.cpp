#include "client/command/pot_view.hpp"
#include "client/command/table.hpp"
#include "client/text/figures.hpp"

#include <poll.h>
#include <unistd.h>

namespace potd::client {
namespace {

constexpr Option stats_options[] = {
    pot_option,
    {0, "no-stream", "", "print once; so it is when the output is no terminal"},
    {'a', "all", "", "of all running pots; what stats shows if no pot is named"},
    format_option,
};

constexpr int refresh_ms = 1000;

Result<std::vector<std::string>> chosen_pots(Invocation& invocation) {
    if (invocation.has("pot") || !invocation.arguments().positionals.empty()) return invocation.pots();
    const auto pots = invocation.api().list("/v1/pots");
    if (!pots) return pots.failure();
    std::vector<std::string> names;
    for (const auto& pot : (*pots)["items"].items()) {
        if (is_up(pot)) names.push_back(pot["name"].text());
    }
    return names;
}

/// One item for each pot; without names of its own choice a pot that has just ended is left out.
Result<Value> gather_stats(Invocation& invocation) {
    const auto names = chosen_pots(invocation);
    if (!names) return names.failure();
    const bool named = invocation.has("pot") || !invocation.arguments().positionals.empty();
    Value list;
    list.set("items", Value::array());
    for (const auto& name : *names) {
        const auto stats = invocation.api().get(pot_url(name, "/stats"));
        if (!stats && (named || stats.failure().exit == exit_code::no_daemon)) return stats;
        if (!stats) continue;
        Value item;
        item.set("name", name);
        for (const auto& [key, value] : stats->members()) item.set(key, value);
        list.at("items").push(std::move(item));
    }
    list.set("next", Value());
    return list;
}

std::string pair_of(const Value& first, const Value& second) {
    if (first.is_null() && second.is_null()) return {};
    return size(first) + " / " + size(second);
}

Table table_of_stats(const Value::Array& items) {
    Table table({{"NAME", false, true, 0},
                 {"CPU%", true, false, 0},
                 {"MEMORY", true, false, 0},
                 {"PEAK", true, false, 3},
                 {"LIMIT", true, false, 2},
                 {"PIDS", true, false, 1},
                 {"READ / WRITTEN", true, false, 4},
                 {"RECEIVED / SENT", true, false, 5}});
    for (const auto& item : items) {
        const Value& memory = item["memory"];
        const auto percent = item["cpu"]["percent"].number();
        table.add({item["name"].text(), percent ? format_tenths(*percent) : "", size(memory["current"]),
                   size(memory["peak"]), size(memory["limit"]), whole(item["pids"]["current"]),
                   pair_of(item["io"]["read_bytes"], item["io"]["write_bytes"]),
                   pair_of(item["network"]["rx_bytes"], item["network"]["tx_bytes"])});
    }
    return table;
}

Result<int> watch(Invocation& invocation) {
    for (;;) {
        const auto list = gather_stats(invocation);
        if (!list) return list.failure();
        // Home, the table, then clear what an earlier, longer one has left.
        invocation.print("\x1b[H\x1b[2J" +
                         table_of_stats((*list)["items"].items()).text(Invocation::style()));
        if (invocation.out().error() != 0) return exit_code::ok;
        ::poll(nullptr, 0, refresh_ms);
    }
}

Result<int> run_stats(Invocation& invocation) {
    const bool once = invocation.has("no-stream") || invocation.has("format") || ::isatty(STDOUT_FILENO) == 0;
    if (!once) return watch(invocation);
    const auto list = gather_stats(invocation);
    if (!list) return list.failure();
    return invocation.print_list(*list, table_of_stats);
}

}  // namespace

const Command stats_command{"stats",
                            "",
                            Section::Inspection,
                            Operands::Pots,
                            "[[-p] POT...] [--no-stream]",
                            "show what running pots use, again every second on a terminal",
                            "",
                            stats_options,
                            run_stats};

}  // namespace potd::client
