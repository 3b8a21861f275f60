#include "core/service/event_feed.hpp"

#include <vector>

namespace potd::core {

EventFeed::Id EventFeed::subscribe(Listener listener) {
    listeners_[next_id_] = std::move(listener);
    return next_id_++;
}

void EventFeed::unsubscribe(Id id) {
    listeners_.erase(id);
}

void EventFeed::publish(const Event& event) {
    last_ = event.number;
    // By id, so that a listener may come or go from inside a call.
    std::vector<Id> ids;
    ids.reserve(listeners_.size());
    for (const auto& [id, listener] : listeners_) ids.push_back(id);
    for (const Id id : ids) {
        const auto found = listeners_.find(id);
        if (found == listeners_.end()) continue;
        const Listener listener = found->second;
        listener(event);
    }
}

}  // namespace potd::core
