#include "client/command/pot_view.hpp"
#include "client/command/table.hpp"
#include "client/output/json_text.hpp"
#include "client/text/figures.hpp"
#include "client/text/width.hpp"

#include <string>

namespace potd::client {
namespace {

constexpr Option oom_options[] = {
    {0, "since", "NUMBER", "with log: only what came after this event"},
    {'p', "pot", "POT", "with log: only what concerns this pot", Completes::Pots},
    format_option,
};

std::string joined(const Value& list, std::string_view separator) {
    std::string text;
    for (const auto& one : list.items()) (text += text.empty() ? "" : separator) += one.text();
    return text;
}

std::string figure(const Value& one) {
    if (one["value"].is_null()) return one["missing"].is_null() ? "not known yet" : one["missing"].text();
    return json_scalar(one["value"]) + (one["name"].text() == "refaults" ? " pages a second" : "%");
}

std::string state_of(const Value& rule, bool dry_run) {
    if (!rule["never"].is_null()) return "never holds here: " + rule["never"].text();
    const std::string holds = rule["holds"].flag() ? "holds" : "";
    return dry_run && !holds.empty() ? holds + " (dry run: nothing is done)" : holds;
}

Result<int> print_status(Invocation& invocation) {
    const auto pressure = invocation.api().get("/v1/system/pressure");
    if (!pressure) return pressure.failure();
    if (invocation.print_document(*pressure)) return exit_code::ok;
    Table figures{{{"FIGURE", false, false, 0}, {"NOW", false, true, 1}}};
    for (const auto& one : (*pressure)["figures"].items()) figures.add({one["name"].text(), figure(one)});
    invocation.print(figures);
    invocation.print_line("");
    Table rules{{{"RULE", false, false, 0},
                 {"WHEN", false, true, 1},
                 {"DO", false, true, 1},
                 {"SETTLE", false, false, 0},
                 {"", false, true, 1}}};
    const bool dry_run = (*pressure)["dry_run"].flag();
    for (const auto& rule : (*pressure)["rules"].items())
        rules.add({rule["name"].text(), joined(rule["when"], " and "), joined(rule["do"], ", "),
                   rule["settle"].text(), state_of(rule, dry_run)});
    invocation.print(rules);
    return exit_code::ok;
}

std::string figures_of(const Value& details) {
    std::string text;
    for (const std::string_view name : {"priority", "working_set", "soft_limit", "growth", "pids"}) {
        if (details[name].is_null()) continue;
        text += (text.empty() ? "" : " ") + std::string(name) + "=" + details[name].text();
    }
    return text;
}

/// A decision, and below it what it was based on.
void print_decision(Invocation& invocation, const Value& event) {
    const Value& details = event["details"];
    const std::string type = event["type"].text();
    std::string line = event["time"].text() + "  ";
    if (type == "pressure.would_act") line += "would ";
    if (type == "pressure.failed") line += "could not ";
    line += details["action"].text();
    if (!event["pot"].text().empty())
        line += " " + event["pot"].text() + " run " + std::to_string(event["run"].integer().value_or(0));
    line += "  rule " + details["rule"].text();
    invocation.print_line(harmless(line));
    const std::string figures = figures_of(details);
    for (const auto& [what, text] :
         {std::pair{"because", details["why"].text()}, std::pair{"figures", figures},
          std::pair{"next", details["next"].text()}, std::pair{"problem", details["problem"].text()}}) {
        if (!text.empty()) invocation.print_line(harmless("    " + std::string(what) + ": " + text));
    }
}

Result<int> print_log(Invocation& invocation) {
    std::string target = "/v1/events?type=pressure.";
    if (const auto since = invocation.value("since")) target += "&since=" + url_escape(*since);
    if (const auto pot = invocation.value("pot")) target += "&pot=" + url_escape(*pot);
    const auto events = invocation.api().list(target);
    if (!events) return events.failure();
    if (invocation.print_document(*events)) return exit_code::ok;
    for (const auto& event : (*events)["items"].items()) print_decision(invocation, event);
    return exit_code::ok;
}

Result<int> run_oom(Invocation& invocation) {
    const auto& words = invocation.arguments().positionals;
    const std::string what = words.empty() ? "status" : words.front();
    if (words.size() > 1) return usage("'" + words[1] + "' is one word too many");
    if (what == "status") return print_status(invocation);
    if (what == "log") return print_log(invocation);
    return usage("there is no 'oom " + what + "'", "status or log");
}

}  // namespace

const Command oom_command{
    "oom",
    "",
    Section::Inspection,
    Operands::Words,
    "[status | log [--since NUMBER] [-p POT]]",
    "print how short the machine is, and which pots gave way",
    "status: how much memory and swap is left, how long programs wait for memory, and which of the rules of "
    "pressure (pressure.rules in potd.yaml) hold. log: every step that potd took by them, or would have "
    "taken "
    "in a dry run, with the figures it was based on. They are events of the types pressure.acted, "
    "pressure.would_act and pressure.failed.",
    oom_options,
    run_oom};

}  // namespace potd::client
