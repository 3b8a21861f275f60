#include "api/route/event_routes.hpp"

#include "api/convert/records.hpp"
#include "api/door/scope.hpp"
#include "api/route/event_gap.hpp"
#include "api/route/event_source.hpp"
#include "api/route/reply.hpp"
#include "openapi/wire/event.hpp"

#include <algorithm>
#include <memory>

namespace potd::api {
namespace {

constexpr std::string_view event_stream_type = "text/event-stream";

/// Where to go on: `after`, `since` or Last-Event-ID, whichever is there first.
core::Result<std::optional<core::EventMark>> start_of(const Exchange& exchange) {
    std::optional<std::string_view> text;
    std::string_view field;
    for (const std::string_view name : {"after", "since"}) {
        if (text) break;
        text = exchange.query().text(name);
        field = name;
        // As in every list; an empty `since` would be one that somebody has lost.
        if (name == "after" && text && text->empty()) text.reset();
    }
    if (!text) {
        text = exchange.request().header("Last-Event-ID");
        field = "Last-Event-ID";
    }
    // An empty id is what a browser has before its first event.
    const bool header = field == "Last-Event-ID";
    if (!text || (header && text->empty())) return std::optional<core::EventMark>{};
    auto mark = core::parse_event_mark(*text, field);
    if (!mark) return std::move(mark).error();
    return std::optional<core::EventMark>{*mark};
}

void answer_gone(const Later& later, const wire::Problem& problem) {
    later.answer({problem.status, problem_type, wire::encode(problem), {}, {}});
}

/// One event more than `limit` was asked for, to know whether there is a next page.
wire::EventList to_list(const core::EventPage& page, std::size_t limit, const core::EventEpochs& epochs,
                        EventScope& scope) {
    wire::EventList list;
    list.epoch = epochs.current();
    const std::size_t count = std::min(page.events.size(), limit);
    for (std::size_t i = 0; i < count; ++i) {
        if (scope.sees(page.events[i])) list.items.push_back(to_wire(scope.shown(page.events[i])));
    }
    if (page.events.size() > limit) list.next = core::to_string(epochs.mark(page.events[limit - 1].number));
    return list;
}

}  // namespace

void EventRoutes::add_to(Router& router) {
    router.add({Method::Get,
                "/v1/events",
                {core::Role::Viewer, Reach::Shown},
                {"since", "type", "pot", "limit", "after"},
                {},
                {event_stream_type, json_type},
                [this](Exchange& exchange) { get(exchange); }});
}

void EventRoutes::get(Exchange& exchange) {
    const auto start = value_or_fail(exchange, start_of(exchange));
    if (!start) return;
    const auto limits = value_or_fail(exchange, page_query(exchange.query()));
    if (!limits) return;
    core::EventQuery query;
    query.type = exchange.query().text("type").value_or("");
    query.pot = exchange.query().text("pot").value_or("");
    query.limit = limits->limit;
    if (exchange.type() == json_type)
        return page(exchange, std::move(query), (*start).value_or(core::EventMark{}));
    exchange.stream(event_stream_type,
                    std::make_unique<EventSource>(feed_, history_, std::move(query), *start,
                                                  EventScope(exchange.principal(), pots_)));
}

void EventRoutes::page(Exchange& exchange, core::EventQuery query, const core::EventMark& seen) {
    const std::size_t limit = query.limit++;
    query.since = seen.number;
    const auto scope = std::make_shared<EventScope>(exchange.principal(), pots_);
    // That there is more would say that there is such a pot, and what becomes of it.
    const bool is_hidden = !query.pot.empty() && !sees_pot(*exchange.principal(), pots_, query.pot);
    const auto answer = [this, limit, seen, scope, is_hidden](const Later& later,
                                                              const core::EventPage& page) {
        const auto gap = feed_.epochs().gap_after(seen, page.bounds);
        // From the beginning is from what is there.
        if (gap && seen.number != 0)
            return answer_gone(later, gone_of(*gap, seen, feed_.epochs(), page.bounds));
        wire::EventList list = to_list(page, limit, feed_.epochs(), *scope);
        if (is_hidden && list.items.empty()) list.next.reset();
        answer_json(later, list);
    };
    history_.events(query, on_reply<core::EventPage>(exchange.later(), {}, answer));
}

}  // namespace potd::api
