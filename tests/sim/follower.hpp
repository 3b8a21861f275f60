#pragma once

#include "core/model/event.hpp"
#include "core/model/event_epochs.hpp"
#include "core/service/event_feed.hpp"
#include "tests/sim/judge.hpp"
#include "tests/sim/sim_store.hpp"

#include <cstdint>
#include <limits>
#include <map>
#include <string>

namespace potd::sim {

/// A client of the event stream that remembers everything it saw: I8. Whenever it is not told otherwise, what
/// it saw is what the store has, and what comes next has the next number.
class Follower {
  public:
    Follower(std::string name, SimStore& store, Judge& judge)
        : name_(std::move(name)), store_(store), judge_(judge) {}

    /// Comes back with the last id it saw, as EventSource serves it.
    void connect(core::EventFeed& feed);
    void disconnect();
    [[nodiscard]] bool connected() const { return feed_ != nullptr; }
    /// potd and its feed are gone.
    void cut() { feed_ = nullptr; }
    /// The machine was down: events behind this number are not the same any more.
    void power_is_back(std::uint64_t last_stored);

    [[nodiscard]] std::uint64_t last() const { return mark_.number; }

  private:
    static constexpr std::uint64_t all = std::numeric_limits<std::uint64_t>::max();

    void resume(const core::EventGap& gap, const core::EventBounds& stored);
    void check_seen() const;
    void see(const core::Event& event);

    std::string name_;
    SimStore& store_;
    Judge& judge_;
    core::EventFeed* feed_ = nullptr;
    core::EventFeed::Id subscription_ = 0;
    core::EventMark mark_;
    std::uint64_t certain_ = all;  ///< up to which number no power cut can have changed what it saw
    std::map<std::uint64_t, core::Event> seen_;
};

}  // namespace potd::sim
