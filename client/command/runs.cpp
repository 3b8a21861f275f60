#include "client/command/ending.hpp"
#include "client/command/pot_view.hpp"
#include "client/command/table.hpp"
#include "client/text/figures.hpp"

namespace potd::client {
namespace {

constexpr Option runs_options[] = {
    pot_option,
    {'r', "reverse", "", "the newest first"},
    {'n', "number", "NUMBER", "only this one"},
    {'q', "quiet", "", "print numbers only"},
    format_option,
};

std::string run_lasted(const Value& run, std::int64_t now) {
    const auto started = parse_time(run["started_at"].text());
    const auto ended = parse_time(run["ended_at"].text());
    return started ? format_age((ended ? *ended : now) - *started) : std::string();
}

Cell outcome_cell(const Value& run) {
    const std::string outcome = run_outcome(run);
    if (outcome.empty()) return {"running", Colour::Green};
    return {outcome, outcome == "0" ? Colour::None : Colour::Red};
}

Table table_of_runs(const Value::Array& runs) {
    Table table({{"RUN", true, false, 0},
                 {"STARTED", false, false, 1},
                 {"LASTED", true, false, 2},
                 {"RESULT", false, false, 0},
                 {"PEAK", true, false, 3},
                 {"REASON", false, true, 4}});
    const std::int64_t now = now_ms();
    for (const auto& run : runs) {
        table.add({whole(run["number"]), run["started_at"].text(), run_lasted(run, now), outcome_cell(run),
                   size(run["peak_memory"]), run["reason"].text()});
    }
    return table;
}

Result<int> run_runs(Invocation& invocation) {
    const auto pot = invocation.pot();
    if (!pot) return pot.failure();
    if (const auto number = invocation.value("number")) {
        const auto run = invocation.api().get(pot_url(*pot, "/runs/" + url_escape(*number)));
        if (!run) return run.failure();
        if (!invocation.print_document(*run)) invocation.print(table_of_runs({*run}));
        return exit_code::ok;
    }
    const auto runs =
        invocation.api().list(pot_url(*pot, invocation.has("reverse") ? "/runs?order=desc" : "/runs"));
    if (!runs) return runs.failure();
    if (!invocation.has("quiet")) return invocation.print_list(*runs, table_of_runs);
    for (const auto& each : (*runs)["items"].items()) invocation.print_line(whole(each["number"]));
    return exit_code::ok;
}

}  // namespace

const Command runs_command{"runs",
                           "",
                           Section::Inspection,
                           Operands::Pot,
                           "[-p] POT [-r] [-q] [-n NUMBER]",
                           "list the lives of a pot",
                           "",
                           runs_options,
                           run_runs};

}  // namespace potd::client
