#pragma once

#include "core/model/event.hpp"
#include "core/model/event_epochs.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <utility>

namespace potd::core {

/// Hands recorded events to whoever listens. Loop thread only. A listener may unsubscribe any
/// listener, itself included, from inside its call.
class EventFeed {
  public:
    using Listener = std::function<void(const Event&)>;
    using Id = std::uint64_t;

    Id subscribe(Listener listener);
    void unsubscribe(Id id);
    void publish(const Event& event);
    /// The number of the last event published or stored before start-up; 0 if none.
    [[nodiscard]] std::uint64_t last() const { return last_; }
    void set_last(std::uint64_t number) { last_ = number; }
    /// Those of the store, present one last; they do not change while potd lives.
    [[nodiscard]] const EventEpochs& epochs() const { return epochs_; }
    void set_epochs(EventEpochs epochs) { epochs_ = std::move(epochs); }

  private:
    std::map<Id, Listener> listeners_;
    Id next_id_ = 1;
    std::uint64_t last_ = 0;
    EventEpochs epochs_;
};

}  // namespace potd::core
