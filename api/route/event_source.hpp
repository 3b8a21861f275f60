#pragma once

#include "api/door/scope.hpp"
#include "api/http/body_source.hpp"
#include "core/port/history.hpp"
#include "core/service/event_feed.hpp"

#include <deque>
#include <memory>
#include <optional>

namespace potd::api {

/// Events as Server-Sent Events: first what the history holds after the last one seen, then what
/// happens, each once and in order (invariant I8). A client that falls behind by more than
/// `most_queued` events is served from the history again instead of from memory. One for which the
/// history has not all that comes next is told so with `events.reset`, and gets what there is.
class EventSource : public BodySource {
  public:
    /// `seen`: the client's last event, 0 = none, from the beginning; unset = begin now. Of `query` only the
    /// filters count.
    EventSource(core::EventFeed& feed, core::History& history, core::EventQuery query,
                const std::optional<core::EventMark>& seen, std::optional<EventScope> scope = {});
    ~EventSource() override;
    EventSource(const EventSource&) = delete;
    EventSource& operator=(const EventSource&) = delete;

    void next(Ready ready) override;
    [[nodiscard]] bool endless() const override { return true; }

    static constexpr std::size_t most_queued = 1024;

  private:
    /// Kept apart, so that a reply that comes after the source is gone finds nobody.
    struct Alive {};

    void on_event(const core::Event& event);
    void ask_history();
    void on_history(const core::Result<core::EventPage>& page);
    void check_for_gap(const core::EventBounds& stored);
    void drain();
    [[nodiscard]] bool matches(const core::Event& event) const;
    [[nodiscard]] bool in_scope(const core::Event& event) { return !scope_ || scope_->sees(event); }
    void print(const core::Event& event);
    void tell(core::Result<std::optional<std::string>> piece);

    core::EventFeed& feed_;
    core::History& history_;
    std::optional<EventScope> scope_;  ///< what the client may see; unset: all
    core::EventQuery query_;           ///< since: the last number that was sent or passed over
    /// Where the client says it is, until the history was asked once.
    std::optional<core::EventMark> seen_;
    core::EventFeed::Id subscription_ = 0;
    std::deque<core::Event> queue_;
    bool behind_ = true;       ///< the history has more than was sent
    bool overflowed_ = false;  ///< events were dropped from the queue since the history was last asked
    std::string text_;
    Ready ready_;
    std::shared_ptr<Alive> alive_ = std::make_shared<Alive>();
};

}  // namespace potd::api
