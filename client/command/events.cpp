#include "client/command/pot_view.hpp"
#include "client/command/print_one.hpp"
#include "client/command/table.hpp"
#include "client/http/event_stream.hpp"
#include "client/output/json_text.hpp"
#include "client/text/width.hpp"

#include <unistd.h>

namespace potd::client {
namespace {

constexpr Option events_options[] = {
    {0, "since", "NUMBER", "only what came after this event; 0 is all that is kept"},
    {'f', "follow", "", "go on with what happens; without --since from now"},
    {'t', "type", "TYPE", "only this type, for instance pot.exited; pot. stands for all that begin so"},
    {'p', "pot", "POT", "only what concerns this pot", Completes::Pots},
    {0, "format", "FORMAT", "a line for people, or one JSON or YAML document for each event",
     Completes::Nothing, "table|json|yaml"},
};

std::string line_of(const Value& event) {
    std::string line = event["time"].text() + "  " + whole(event["number"]) + "  " + event["type"].text();
    if (!event["pot"].text().empty()) line += "  " + event["pot"].text();
    if (!event["run"].is_null()) line += " run " + whole(event["run"]);
    for (const auto& [name, value] : event["details"].members()) {
        line += "  " + name + "=" + (value.is_text() ? value.text() : json_scalar(value));
    }
    return harmless(line);
}

Status print_event(Invocation& invocation, const Value& event) {
    return print_one(invocation, event, line_of(event));
}

bool is_number(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// "17", or with its epoch "17.1767225600".
bool is_mark(std::string_view text) {
    const std::size_t dot = text.find('.');
    return is_number(text.substr(0, dot)) &&
           (dot == std::string_view::npos || is_number(text.substr(dot + 1)));
}

/// The stream says that it cannot simply go on: for people beside the events, for programs among them.
Status print_reset(Invocation& invocation, const Value& reset) {
    if (invocation.value("format").value_or("table") != "table") return print_event(invocation, reset);
    const std::string since = harmless(reset["since"].text());
    invocation.note(reset["reason"].text() == "lost"
                        ? "event " + since + " is not in the store, or not the same any more"
                        : "events behind " + since + " are not kept any more");
    return Done{};
}

Result<std::string> target_of(const Invocation& invocation) {
    std::string target = "/v1/events";
    char separator = '?';
    for (const std::string_view name : {"since", "type", "pot"}) {
        const auto value = invocation.value(name);
        if (!value) continue;
        if (name == "since" && !is_mark(*value))
            return usage("--since: '" + *value + "' is not the number or id of an event");
        ((target += separator) += name) += '=' + url_escape(*value);
        separator = '&';
    }
    return target;
}

Result<int> follow(Invocation& invocation, const std::string& target) {
    auto stream = invocation.api().stream(target, "text/event-stream");
    if (!stream) return stream.failure();
    stream->connection.end_with_reader_of(STDOUT_FILENO);
    EventStream events(std::move(*stream));
    for (;;) {
        const auto event = events.next();
        if (!event && event.failure().code == unread) return exit_code::failed;
        if (!event) return event.failure();
        if (!*event) break;
        const bool reset = (**event)["type"].text() == "events.reset";
        const auto printed = reset ? print_reset(invocation, **event) : print_event(invocation, **event);
        if (!printed) return printed.failure();
    }
    Failure failure = failed("potd ended the stream", "--since goes on behind the last event seen");
    failure.exit = exit_code::no_daemon;
    return failure;
}

Result<int> run_events(Invocation& invocation) {
    const auto target = target_of(invocation);
    if (!target) return target.failure();
    if (invocation.has("follow")) return follow(invocation, *target);
    const auto events = invocation.api().list(*target);
    if (!events) return events.failure();
    for (const auto& event : (*events)["items"].items()) {
        if (auto printed = print_event(invocation, event); !printed) return printed.failure();
    }
    return exit_code::ok;
}

}  // namespace

const Command events_command{
    "events",
    "",
    Section::Inspection,
    Operands::None,
    "[--since NUMBER] [-f] [-t TYPE] [-p POT]",
    "print what has happened",
    "Events are numbered without gaps: who comes back with the last number seen misses nothing, or is told "
    "so: "
    "old events are deleted after a while (history.events in potd.yaml), and a power cut can take the last "
    "ones. "
    "The id of an event, its number with the epoch as in 17.1767225600, is taken as well and tells the two "
    "events apart that had the same number before and after a power cut.",
    events_options,
    run_events};

}  // namespace potd::client
