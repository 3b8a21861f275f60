#include "api/route/event_source.hpp"

#include "api/convert/records.hpp"
#include "openapi/wire/codec.hpp"

#include <utility>

namespace potd::api {
namespace {

constexpr std::size_t history_page = 500;

}  // namespace

EventSource::EventSource(core::EventFeed& feed, core::History& history, core::EventQuery query)
    : feed_(feed), history_(history), query_(std::move(query)), behind_(query_.since < feed.last()) {
    query_.limit = history_page;
    subscription_ = feed_.subscribe([this](const core::Event& event) { on_event(event); });
}

EventSource::~EventSource() {
    feed_.unsubscribe(subscription_);
}

void EventSource::next(Ready ready) {
    ready_ = std::move(ready);
    behind_ ? ask_history() : drain();
}

void EventSource::on_event(const core::Event& event) {
    if (!matches(event)) return;
    if (queue_.size() >= most_queued) {
        queue_.clear();
        behind_ = overflowed_ = true;  // the history has what is dropped here
    }
    queue_.push_back(event);
    if (ready_ && !behind_) drain();
}

void EventSource::ask_history() {
    overflowed_ = false;
    history_.events(
        query_, [this, alive = std::weak_ptr(alive_)](const core::Result<std::vector<core::Event>>& events) {
            if (!alive.expired()) on_history(events);
        });
}

void EventSource::on_history(const core::Result<std::vector<core::Event>>& events) {
    if (!events) return tell(events.error());
    for (const core::Event& event : *events) print(event);
    // Everything before the query is in a short page, everything since the subscription in the queue,
    // unless the queue overflowed while the page was read.
    if (events->size() < history_page && !overflowed_) behind_ = false;
    drain();
}

/// Hands out what there is; while the history has more, only what came from it.
void EventSource::drain() {
    while (!behind_ && !queue_.empty()) {
        print(queue_.front());
        queue_.pop_front();
    }
    if (!text_.empty()) return tell(std::optional<std::string>(std::exchange(text_, {})));
    if (behind_) ask_history();
}

bool EventSource::matches(const core::Event& event) const {
    const bool prefix = query_.type.ends_with('.');
    if (!query_.type.empty() && (prefix ? !event.type.starts_with(query_.type) : event.type != query_.type)) {
        return false;
    }
    return query_.pot.empty() || event.pot == query_.pot || event.pot_id == query_.pot;
}

/// Skips what the history gave already.
void EventSource::print(const core::Event& event) {
    if (event.number <= query_.since) return;
    query_.since = event.number;
    text_ += "id: " + std::to_string(event.number) + "\nevent: " + event.type + "\ndata: ";
    text_ += wire::encode(to_wire(event));
    text_ += "\n\n";
}

void EventSource::tell(core::Result<std::optional<std::string>> piece) {
    const Ready ready = std::exchange(ready_, nullptr);
    if (ready) ready(std::move(piece));
}

}  // namespace potd::api
