#include "client/command/operation_progress.hpp"
#include "client/command/pot_view.hpp"
#include "client/command/table.hpp"
#include "client/text/figures.hpp"
#include "client/text/suggestion.hpp"
#include "client/text/width.hpp"

namespace potd::client {
namespace {

constexpr Option operations_options[] = {
    {'p', "pot", "POT", "with list: only operations on this pot", Completes::Pots},
    {0, "state", "STATE", "with list: only operations in this state", Completes::Nothing,
     "running|done|failed|cancelled"},
    {'r', "reverse", "", "with list: the newest first"},
    {'q', "quiet", "", "with list: print ids only; with wait and cancel: say nothing"},
    format_option,
};

std::string operation_url(const std::string& id, std::string_view rest = {}) {
    return "/v1/operations/" + url_escape(id) + std::string(rest);
}

std::string operation_lasted(const Value& operation, std::int64_t now) {
    const auto begun = parse_time(operation["created_at"].text());
    const auto ended = parse_time(operation["ended_at"].text());
    return begun ? format_age((ended ? *ended : now) - *begun) : std::string();
}

Cell operation_state(const Value& operation) {
    const std::string state = operation["state"].text();
    if (state == "running") return {state, Colour::Green};
    return {state, state == "done" ? Colour::None : Colour::Red};
}

/// What there is to say about it: how far it is, or why it failed.
std::string remark(const Value& operation) {
    if (!operation["error"].is_null()) return operation["error"]["detail"].text();
    const Value& progress = operation["progress"];
    const auto current = progress["current"].integer();
    const auto total = progress["total"].integer();
    const std::string message = progress["message"].text();
    if (!current || !total) return message;
    return message + ": " + std::to_string(*current) + " of " + std::to_string(*total) + " " +
           progress["unit"].text();
}

Table table_of_operations(const Value::Array& operations) {
    Table table({{"OPERATION", false, false, 0},
                 {"KIND", false, false, 0},
                 {"ON", false, false, 1},
                 {"STATE", false, false, 0},
                 {"BEGUN", false, false, 3},
                 {"LASTED", true, false, 2},
                 {"DETAIL", false, true, 4}});
    const std::int64_t now = now_ms();
    for (const auto& each : operations) {
        const std::string base = each["base"].text();
        table.add({each["id"].text(), each["kind"].text(), base.empty() ? each["pot"].text() : base,
                   operation_state(each), each["created_at"].text(), operation_lasted(each, now),
                   remark(each)});
    }
    return table;
}

Result<int> list(Invocation& invocation) {
    std::string target = "/v1/operations?order=";
    target += invocation.has("reverse") ? "desc" : "asc";
    for (const std::string_view filter : {"pot", "state"}) {
        if (const auto value = invocation.value(filter))
            ((target += '&') += filter) += '=' + url_escape(*value);
    }
    const auto found = invocation.api().list(target);
    if (!found) return found.failure();
    if (!invocation.has("quiet")) return invocation.print_list(*found, table_of_operations);
    for (const auto& each : (*found)["items"].items()) invocation.print_line(each["id"].text());
    return exit_code::ok;
}

int print_one(Invocation& invocation, const Value& operation) {
    if (!invocation.print_document(operation)) invocation.print(table_of_operations({operation}));
    return exit_code::ok;
}

Result<int> show(Invocation& invocation, const std::string& id) {
    const auto operation = invocation.api().get(operation_url(id));
    if (!operation) return operation.failure();
    return print_one(invocation, *operation);
}

/// Exits as the command that asked for it would have.
Result<int> wait(Invocation& invocation, const std::string& id) {
    const auto operation = await_operation(invocation.api(), id);
    if (!operation) return operation.failure();
    if (!invocation.has("quiet")) print_one(invocation, *operation);
    const Value& error = (*operation)["error"];
    if (error.is_null()) return exit_code::ok;
    Failure failure = failed(error["detail"].text());
    failure.code = error["code"].text();
    return failure;
}

/// As far as it goes; where it goes on, as it comes.
Result<int> output(Invocation& invocation, const std::string& id) {
    auto stream = invocation.api().stream(operation_url(id, "/output?follow=true"), "text/plain");
    if (!stream) return stream.failure();
    for (std::string text; invocation.out().error() == 0; text.clear()) {
        const auto more = stream->body.read(stream->connection, text);
        if (!more) return more.failure();
        if (!*more) break;
        invocation.print(text);
    }
    return exit_code::ok;
}

Result<int> cancel(Invocation& invocation, const std::string& id) {
    const auto ended = invocation.api().remove(operation_url(id));
    if (!ended) return ended.failure();
    if (!invocation.has("quiet")) print_one(invocation, *ended);
    if ((*ended)["state"].text() == "cancelled") return exit_code::ok;
    return failed("operation " + id + " ended before it could be cancelled: " + (*ended)["state"].text());
}

Result<int> run_operations(Invocation& invocation) {
    const auto& words = invocation.arguments().positionals;
    if (words.empty() || (words[0] == "list" && words.size() == 1)) return list(invocation);
    const std::string& verb = words[0];
    if (verb != "show" && verb != "wait" && verb != "output" && verb != "cancel") {
        return usage("there is no 'operations " + verb + "'",
                     did_you_mean(verb, {"list", "show", "wait", "output", "cancel"}));
    }
    if (words.size() < 2) return usage("which operation?", "potctl operations lists them");
    if (words.size() > 2) return usage("unexpected argument '" + words[2] + "'");
    if (verb == "show") return show(invocation, words[1]);
    if (verb == "wait") return wait(invocation, words[1]);
    if (verb == "output") return output(invocation, words[1]);
    return cancel(invocation, words[1]);
}

}  // namespace

const Command operations_command{
    "operations",
    "",
    Section::Inspection,
    Operands::Words,
    "[list] [-p POT] [--state STATE] [-r] [-q] | show ID | wait ID | output ID | cancel ID",
    "list the requests potd has accepted, wait for one or cancel it",
    "An operation is what create, start, stop, restart, destroy and the like ask for; with --async they "
    "print "
    "its id and do not wait. wait exits 1 if it failed or was cancelled. A start, a restart, the "
    "installation of a base and the making of a pot with flavours can be cancelled. output prints what "
    "flavours have "
    "printed.",
    operations_options,
    run_operations};

}  // namespace potd::client
