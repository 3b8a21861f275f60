#include "api/route/event_source.hpp"

#include "api/convert/records.hpp"
#include "api/route/event_gap.hpp"
#include "openapi/wire/codec.hpp"

#include <algorithm>
#include <utility>

namespace potd::api {
namespace {

constexpr std::size_t history_page = 500;

/// Whether it has seen all that was told.
bool is_up_to_date(const std::optional<core::EventMark>& seen, const core::EventFeed& feed) {
    return !seen || (seen->number == feed.last() &&
                     seen->epoch.value_or(feed.epochs().current()) == feed.epochs().current());
}

}  // namespace

EventSource::EventSource(core::EventFeed& feed, core::History& history, core::EventQuery query,
                         const std::optional<core::EventMark>& seen, std::optional<EventScope> scope)
    : feed_(feed),
      history_(history),
      scope_(std::move(scope)),
      query_(std::move(query)),
      behind_(!is_up_to_date(seen, feed)) {
    query_.limit = history_page;
    query_.since = seen ? seen->number : feed.last();
    if (behind_) seen_ = seen;
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
    if (!in_scope(event) || !matches(event)) {  // the scope learns from every event
        // Passed over, so that it need not be there when the history is asked again.
        if (!behind_ && queue_.empty()) query_.since = std::max(query_.since, event.number);
        return;
    }
    if (queue_.size() >= most_queued) {
        queue_.clear();
        behind_ = overflowed_ = true;  // the history has what is dropped here
    }
    queue_.push_back(event);
    if (ready_ && !behind_) drain();
}

void EventSource::ask_history() {
    overflowed_ = false;
    history_.events(query_, [this, alive = std::weak_ptr(alive_)](const core::Result<core::EventPage>& page) {
        if (!alive.expired()) on_history(page);
    });
}

void EventSource::on_history(const core::Result<core::EventPage>& page) {
    if (!page) return tell(page.error());
    const std::uint64_t asked = query_.since;
    check_for_gap(page->bounds);
    // What was asked for lies behind a number that means nothing now.
    if (query_.since < asked) return ask_history();
    for (const core::Event& event : page->events) {
        if (in_scope(event))
            print(event);
        else
            query_.since = std::max(query_.since, event.number);
    }
    if (page->events.size() < history_page) {
        query_.since = std::max(query_.since, page->bounds.last);
        // Everything before the query is in a short page, everything since the subscription in the queue,
        // unless the queue overflowed while the page was read.
        if (!overflowed_) behind_ = false;
    }
    drain();
}

void EventSource::check_for_gap(const core::EventBounds& stored) {
    const bool from_the_beginning = seen_ && seen_->number == 0;
    const core::EventMark seen = seen_.value_or(feed_.epochs().mark(query_.since));
    seen_.reset();
    const auto gap = feed_.epochs().gap_after(seen, stored);
    if (!gap || from_the_beginning) return;
    const wire::EventsReset reset = reset_of(*gap, seen, feed_.epochs(), stored);
    query_.since = gap->resume;
    text_ += "id: " + reset.resume + "\nevent: " + reset.type + "\ndata: " + wire::encode(reset) + "\n\n";
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
    text_ +=
        "id: " + core::to_string(feed_.epochs().mark(event.number)) + "\nevent: " + event.type + "\ndata: ";
    const bool is_whole = !scope_ || scope_->tells_all();
    text_ += wire::encode(is_whole ? to_wire(event) : to_wire(scope_->shown(event)));
    text_ += "\n\n";
}

void EventSource::tell(core::Result<std::optional<std::string>> piece) {
    const Ready ready = std::exchange(ready_, nullptr);
    if (ready) ready(std::move(piece));
}

}  // namespace potd::api
