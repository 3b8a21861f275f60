#include "client/command/pot_view.hpp"
#include "client/command/stats_tables.hpp"
#include "client/command/table.hpp"
#include "client/terminal/terminal.hpp"
#include "client/text/figures.hpp"

#include <algorithm>
#include <limits>

#include <poll.h>
#include <unistd.h>

namespace potd::client {
namespace {

constexpr Option stats_options[] = {
    pot_option,
    {'a', "all", "", "of all running pots; what stats shows if no pot is named"},
    {0, "sort", "ORDER", "by this, the largest first, instead of by name", Completes::Nothing, stats_orders},
    {0, "no-stream", "", "print once; so it is when the output is no terminal"},
    {0, "interval", "TIME", "how often the table is renewed, 1s if not said"},
    {0, "history", "", "what one pot has used lately, one line for each look at it"},
    quiet_names,
    {0, "since", "TIME", "with --history only what is newer: a time, or how long ago, for instance 10m"},
    {0, "step", "TIME", "with --history one line for each so long, for instance 1m"},
    format_option,
};

bool is_named(const Invocation& invocation) {
    return invocation.has("pot") || !invocation.arguments().positionals.empty();
}

Result<Value> stats_of(Invocation& invocation, const std::vector<std::string>& names) {
    Value list;
    list.set("items", Value::array());
    for (const auto& name : names) {
        auto stats = invocation.api().get(pot_url(name, "/stats"));
        if (!stats) return stats;
        list.at("items").push(*std::move(stats));
    }
    list.set("next", Value());
    return list;
}

Result<Value> gather_stats(Invocation& invocation) {
    Result<Value> list = Value();
    if (is_named(invocation)) {
        const auto names = invocation.pots();
        if (!names) return names.failure();
        list = stats_of(invocation, *names);
    } else {
        list = invocation.api().list("/v1/stats");
    }
    if (!list) return list;
    if (const auto order = invocation.value("sort")) {
        Value::Array items = (*list)["items"].items();
        sort_stats(items, *order);
        list->set("items", std::move(items));
    }
    return list;
}

/// The table from the upper left corner of the terminal, over what was there, as much of it as fits.
std::string picture_of(const Value::Array& items) {
    constexpr std::size_t other_lines = 3;  // the titles, what is left out, and where the cursor stays
    const auto window = window_size(STDOUT_FILENO).value_or(WindowSize{});
    const auto rows = static_cast<std::size_t>(std::max(window.rows, 0));
    const std::size_t fit = rows > other_lines ? rows - other_lines : 1;
    const std::size_t shown = std::min(items.size(), fit);
    const auto end = items.begin() + static_cast<std::ptrdiff_t>(shown);
    std::string text = table_of_stats({items.begin(), end}).text(Invocation::style());
    if (shown < items.size()) text += "and " + std::to_string(items.size() - shown) + " more\n";
    std::string picture = "\x1b[H";
    for (const char c : text) picture += c == '\n' ? std::string("\x1b[K\n") : std::string(1, c);
    return picture + "\x1b[J";
}

Result<int> watch(Invocation& invocation, int interval_ms) {
    invocation.print("\x1b[2J");
    for (;;) {
        const auto list = gather_stats(invocation);
        if (!list) return list.failure();
        invocation.print(picture_of((*list)["items"].items()));
        if (invocation.out().error() != 0) return exit_code::ok;
        ::poll(nullptr, 0, interval_ms);
    }
}

Result<int> show_past(Invocation& invocation) {
    const auto pot = invocation.pot();
    if (!pot) return pot.failure();
    std::string query = "/stats/history?limit=1000";
    if (const auto since = invocation.value("since")) {
        const auto time = parse_since(*since, now_ms());
        if (!time) return time.failure();
        query += "&since=" + url_escape(*time);
    }
    if (const auto step = invocation.value("step")) query += "&step=" + url_escape(*step);
    const auto past = invocation.api().list(pot_url(*pot, query));
    if (!past) return past.failure();
    return invocation.print_list(*past, table_of_past_stats);
}

Result<int> interval_of(const Invocation& invocation) {
    constexpr int usual_ms = 1000, least_ms = 100;
    const auto given = invocation.value("interval");
    if (!given) return usual_ms;
    const auto interval = parse_duration(*given);
    if (!interval) return interval.failure();
    if (*interval < least_ms || *interval > std::numeric_limits<int>::max())
        return usage("--interval " + *given + ": expected a duration from 100ms");
    return static_cast<int>(*interval);
}

Result<int> run_stats(Invocation& invocation) {
    if (invocation.has("history")) return show_past(invocation);
    for (const char* name : {"since", "step"})
        if (invocation.has(name)) return usage("--" + std::string(name) + " goes with --history only");
    const auto interval = interval_of(invocation);
    if (!interval) return interval.failure();
    const bool once = invocation.has("no-stream") || invocation.has("format") || ::isatty(STDOUT_FILENO) == 0;
    if (!once) return watch(invocation, *interval);
    const auto list = gather_stats(invocation);
    if (!list) return list.failure();
    return invocation.print_list(*list, table_of_stats);
}

}  // namespace

const Command stats_command{
    "stats",
    "",
    Section::Inspection,
    Operands::Pots,
    "[[-p] POT...] [--sort ORDER] [--no-stream] | --history [-p] POT [--since TIME] [--step TIME]",
    "show what running pots use, again every second on a terminal, or what one used lately",
    "",
    stats_options,
    run_stats};

}  // namespace potd::client
