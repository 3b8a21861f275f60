#include "client/command/table.hpp"
#include "client/output/json_text.hpp"
#include "client/text/figures.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace potd::client {
namespace {

constexpr Option audit_options[] = {
    {'n', "tail", "NUMBER", "only the newest, up to 1000"},
    {0, "since", "TIME", "only what is newer: a time, or how long ago, for instance 10m"},
    {0, "until", "TIME", "only what is older"},
    {'p', "pot", "POT", "only what concerns this pot", Completes::Pots},
    {'a', "actor", "WHO", "only what he asked for, as in 'uid 1000' or 'token ci'"},
    {'o', "outcome", "WORD", "only what ended so", Completes::Nothing,
     "done|failed|denied|unanswered|unknown"},
    {0, "format", "FORMAT", "a table for people, or the document", Completes::Nothing, "table|json|yaml"},
};

/// The table, oldest first.
Table audit_table(const Value::Array& entries) {
    Table table({{"TIME", false, false, 0},
                 {"WHO", false, false, 0},
                 {"WHAT", false, true, 0},
                 {"OUTCOME", false, false, 0},
                 {"FROM", false, true, 2},
                 {"OPERATION", false, false, 3}});
    for (const auto& each : entries) {
        const std::string outcome = each["outcome"].text();
        const auto status = each["status"].integer();
        const bool good = outcome == "done";
        const Colour colour = outcome == "denied" || outcome == "failed" ? Colour::Red : Colour::None;
        std::string what = each["method"].text() + " " + each["path"].text();
        if (!each["created"].text().empty()) what += " -> " + each["created"].text();
        table.add({each["time"].text(), each["actor"].text(), what,
                   Cell{status && !good ? outcome + " " + std::to_string(*status) : outcome, colour},
                   each["peer"].text(), each["operation"].text()});
    }
    return table;
}

Result<std::string> audit_target(const Invocation& invocation) {
    std::string target = "/v1/audit?order=";
    target += invocation.has("tail") ? "desc" : "asc";
    for (const std::string_view filter : {"pot", "actor", "outcome"}) {
        if (const auto value = invocation.value(filter))
            ((target += '&') += filter) += '=' + url_escape(*value);
    }
    for (const std::string_view bound : {"since", "until"}) {
        const auto value = invocation.value(bound);
        if (!value) continue;
        const auto time = parse_since(*value, now_ms());
        if (!time) return time.failure();
        ((target += '&') += bound) += '=' + url_escape(*time);
    }
    return target;
}

/// One page, turned round.
Result<Value> newest(Invocation& invocation, const std::string& target) {
    const auto count = *invocation.value("tail");
    const auto page = invocation.api().get(target + "&limit=" + url_escape(count));
    if (!page) return page.failure();
    Value items = Value::array();
    const auto& found = (*page)["items"].items();
    for (auto each = found.rbegin(); each != found.rend(); ++each) items.push(*each);
    Value all = Value::object();
    all.set("items", std::move(items));
    all.set("next", Value());
    return all;
}

Result<int> run_audit(Invocation& invocation) {
    const auto target = audit_target(invocation);
    if (!target) return target.failure();
    const auto list = invocation.has("tail") ? newest(invocation, *target) : invocation.api().list(*target);
    if (!list) return list.failure();
    return invocation.print_list(*list, audit_table);
}

}  // namespace

const Command audit_command{
    "audit",
    "",
    Section::System,
    Operands::None,
    "[-n NUMBER] [--since TIME] [-p POT] [-a WHO] [-o OUTCOME]",
    "print who asked for what, and how it ended",
    "Every request that may change something is there, and every one that was denied, the oldest first; "
    "with audit.reads in potd.yaml also those that read. Entries cannot be changed or deleted; old ones go "
    "by "
    "audit.keep and audit.max_size. For admins.",
    audit_options,
    run_audit};

}  // namespace potd::client
