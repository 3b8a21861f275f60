#include "api/route/event_routes.hpp"

#include "api/convert/records.hpp"
#include "api/route/event_source.hpp"
#include "api/route/reply.hpp"
#include "openapi/wire/event.hpp"

#include <charconv>
#include <limits>
#include <memory>

namespace potd::api {
namespace {

constexpr std::string_view event_stream_type = "text/event-stream";

core::Result<std::uint64_t> event_number(std::string_view field, std::string_view text) {
    std::uint64_t number = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool whole = parsed.ec == std::errc{} && parsed.ptr == text.data() + text.size();
    // The store keeps numbers as signed integers.
    if (!whole || number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
        return core::invalid_field(field, text, "the number of an event");
    }
    return number;
}

/// Where to go on: `after`, `since` or Last-Event-ID, whichever is there first.
core::Result<std::optional<std::uint64_t>> start_of(const Exchange& exchange) {
    std::optional<std::string_view> text;
    std::string_view field;
    for (const std::string_view name : {"after", "since"}) {
        if (text) break;
        text = exchange.query().text(name);
        field = name;
    }
    if (!text) {
        text = exchange.request().header("Last-Event-ID");
        field = "Last-Event-ID";
    }
    if (!text || text->empty()) return std::optional<std::uint64_t>{};
    auto number = event_number(field, *text);
    if (!number) return std::move(number).error();
    return std::optional<std::uint64_t>{*number};
}

}  // namespace

void EventRoutes::add_to(Router& router) {
    router.add({Method::Get,
                "/v1/events",
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
    if (exchange.type() == json_type) {
        query.since = (*start).value_or(0);
        return page(exchange, std::move(query));
    }
    query.since = (*start).value_or(feed_.last());
    exchange.stream(event_stream_type, std::make_unique<EventSource>(feed_, history_, std::move(query)));
}

void EventRoutes::page(Exchange& exchange, core::EventQuery query) {
    const std::size_t limit = query.limit++;
    history_.events(
        query, on_reply<std::vector<core::Event>>(
                   exchange.later(), {}, [limit](const Later& later, const std::vector<core::Event>& events) {
                       wire::EventList body;
                       for (const core::Event& event : events) {
                           if (body.items.size() == limit) {
                               body.next = std::to_string(body.items.back().number);
                               break;
                           }
                           body.items.push_back(to_wire(event));
                       }
                       answer_json(later, body);
                   }));
}

}  // namespace potd::api
