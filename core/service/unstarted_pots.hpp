#pragma once

#include "core/model/pot.hpp"
#include "core/port/clock.hpp"
#include "core/service/reply.hpp"
#include "core/service/supervisor.hpp"

#include <functional>
#include <unordered_map>

namespace potd::core {

/// Sees to it that a pot made for one run (is_unstarted) which never came does not stay for ever: its client
/// was killed between create and start. The time counts from the last change of the pot, also across restarts
/// of potd. Loop thread only.
class UnstartedPots {
  public:
    struct Ports {
        Clock& clock;
        Timers& timers;
        std::function<PotPtr(const PotId&)> find;
        /// Somebody is still about it, who waits for its run or needs it.
        std::function<bool(const Pot&)> in_use;
        /// Removes it if it is still unstarted and as it was.
        std::function<void(const Pot&, milliseconds age, Reply<void>)> remove;
        milliseconds age{0};  ///< 0: they stay
    };

    explicit UnstartedPots(Ports ports) : ports_(std::move(ports)) {}
    ~UnstartedPots();
    UnstartedPots(const UnstartedPots&) = delete;
    UnstartedPots& operator=(const UnstartedPots&) = delete;

    /// Must be told of every pot that is new or stored, and of every change; `pot` is null when it is gone.
    void on_change(const PotId& id, const PotPtr& pot);

  private:
    void arm(const PotId& id, milliseconds delay);
    void look_at(const PotId& id);

    Ports ports_;
    std::unordered_map<PotId, Timers::Id> timers_;
};

}  // namespace potd::core
