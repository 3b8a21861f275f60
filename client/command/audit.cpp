#include "client/command/audit_follow.hpp"
#include "client/command/print_one.hpp"
#include "client/command/table.hpp"
#include "client/text/figures.hpp"
#include "client/text/width.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <thread>
#include <utility>

namespace potd::client {
namespace {

constexpr Option audit_options[] = {
    {'n', "tail", "NUMBER", "only the newest, up to 1000"},
    {'f', "follow", "", "go on with what is asked for; without --since and -n from now on"},
    {0, "since", "TIME", "only what is newer: a time, or how long ago, for instance 10m"},
    {0, "until", "TIME", "only what is older"},
    {'p', "pot", "POT", "only what concerns this pot", Completes::Pots},
    {'a', "actor", "WHO", "only what he asked for, as in 'uid 1000' or 'token ci'"},
    {'o', "outcome", "WORD", "only what ended so", Completes::Nothing,
     "done|failed|denied|unanswered|unknown"},
    {0, "format", "FORMAT", "a table for people, or the document", Completes::Nothing, "table|json|yaml"},
};

constexpr std::chrono::seconds round_time{1};

std::string what_of(const Value& entry) {
    const std::string& made = entry["created"].text();
    return entry["method"].text() + " " + entry["path"].text() + (made.empty() ? "" : " -> " + made);
}

std::string outcome_of(const Value& entry) {
    const std::string& outcome = entry["outcome"].text();
    const auto status = entry["status"].integer();
    return status && outcome != "done" ? outcome + " " + std::to_string(*status) : outcome;
}

/// The table, oldest first.
Table audit_table(const Value::Array& entries) {
    Table table({{"TIME", false, false, 0},
                 {"WHO", false, false, 0},
                 {"WHAT", false, true, 0},
                 {"OUTCOME", false, false, 0},
                 {"FROM", false, true, 2},
                 {"OPERATION", false, false, 3}});
    for (const auto& each : entries) {
        const std::string& outcome = each["outcome"].text();
        const Colour colour = outcome == "denied" || outcome == "failed" ? Colour::Red : Colour::None;
        table.add({each["time"].text(), each["actor"].text(), what_of(each), Cell{outcome_of(each), colour},
                   each["peer"].text(), each["operation"].text()});
    }
    return table;
}

void add_filter(const Invocation& invocation, std::string_view filter, std::string& target) {
    if (const auto value = invocation.value(filter)) ((target += '&') += filter) += '=' + url_escape(*value);
}

Result<std::string> audit_target(const Invocation& invocation, std::string_view order) {
    std::string target = "/v1/audit?order=" + std::string(order);
    for (const std::string_view filter : {"pot", "actor"}) add_filter(invocation, filter, target);
    // What is under way has none yet, and must not be passed over.
    if (!invocation.has("follow")) add_filter(invocation, "outcome", target);
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
Result<Value> newest(Invocation& invocation) {
    const auto target = audit_target(invocation, "desc");
    if (!target) return target.failure();
    const auto page = invocation.api().get(*target + "&limit=" + url_escape(*invocation.value("tail")));
    if (!page) return page.failure();
    Value items = Value::array();
    const auto& found = (*page)["items"].items();
    for (auto each = found.rbegin(); each != found.rend(); ++each) items.push(*each);
    Value all = Value::object();
    all.set("items", std::move(items));
    all.set("next", Value());
    return all;
}

Status print_entry(Invocation& invocation, const Value& entry) {
    std::string line = entry["time"].text() + "  " + entry["actor"].text() + "  " + what_of(entry) + "  " +
                       outcome_of(entry) + "  " + entry["peer"].text();
    if (const std::string& operation = entry["operation"].text(); !operation.empty())
        line += "  " + operation;
    return print_one(invocation, entry, harmless(line));
}

/// Behind which entry it begins.
Result<std::int64_t> begin_of(Invocation& invocation) {
    if (invocation.has("tail")) {
        const auto some = newest(invocation);
        if (!some) return some.failure();
        const auto& items = (*some)["items"].items();
        if (!items.empty())
            return std::max<std::int64_t>(items.front()["number"].integer().value_or(1), 1) - 1;
    } else if (invocation.has("since")) {
        return std::int64_t{0};
    }
    const auto last = invocation.api().get("/v1/audit?order=desc&limit=1");
    if (!last) return last.failure();
    const auto& items = (*last)["items"].items();
    return items.empty() ? std::int64_t{0} : items.front()["number"].integer().value_or(0);
}

Result<int> follow_audit(Invocation& invocation) {
    if (invocation.has("until")) return usage("--follow and --until exclude each other");
    const auto target = audit_target(invocation, "asc");
    if (!target) return target.failure();
    const auto begin = begin_of(invocation);
    if (!begin) return begin.failure();
    AuditFollow entries(*begin, invocation.value("outcome").value_or(""));
    for (;; std::this_thread::sleep_for(round_time)) {
        const auto list = invocation.api().list(*target + "&after=" + std::to_string(entries.after()));
        if (!list) return list.failure();
        for (const auto& entry : entries.take((*list)["items"].items())) {
            if (auto printed = print_entry(invocation, entry); !printed) return printed.failure();
        }
    }
}

Result<Value> whole_list(Invocation& invocation) {
    const auto target = audit_target(invocation, "asc");
    if (!target) return target.failure();
    return invocation.api().list(*target);
}

Result<int> run_audit(Invocation& invocation) {
    if (invocation.has("follow")) return follow_audit(invocation);
    const auto list = invocation.has("tail") ? newest(invocation) : whole_list(invocation);
    if (!list) return list.failure();
    return invocation.print_list(*list, audit_table);
}

}  // namespace

const Command audit_command{
    "audit",
    "",
    Section::System,
    Operands::None,
    "[-n NUMBER] [-f] [--since TIME] [-p POT] [-a WHO] [-o OUTCOME]",
    "print who asked for what, and how it ended",
    "Every request that may change something is there, and every one that was denied, the oldest first; "
    "with audit.reads in potd.yaml also those that read. Entries cannot be changed or deleted; old ones go "
    "by "
    "audit.keep and audit.max_size. With -f potd is asked once a second, and what has been under way for ten "
    "is "
    "printed before it has an outcome. For admins.",
    audit_options,
    run_audit};

}  // namespace potd::client
