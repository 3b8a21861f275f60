#include "core/service/unstarted_pots.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace potd::core {
namespace {

/// Until it has been untouched for `age`. The wall clock may have been set: never longer than all of it.
milliseconds time_left(const Pot& pot, WallTime now, milliseconds age) {
    return std::clamp(milliseconds{pot.changed_at.ms - now.ms} + age, milliseconds{0}, age);
}

}  // namespace

UnstartedPots::~UnstartedPots() {
    for (const auto& [id, timer] : timers_) ports_.timers.cancel(timer);
}

void UnstartedPots::on_change(const PotId& id, const PotPtr& pot) {
    if (ports_.age.count() == 0) return;
    if (const auto armed = timers_.extract(id)) ports_.timers.cancel(armed.mapped());
    if (pot && is_unstarted(*pot)) arm(id, time_left(*pot, ports_.clock.wall(), ports_.age));
}

void UnstartedPots::arm(const PotId& id, milliseconds delay) {
    timers_[id] = ports_.timers.arm(ports_.clock.steady().plus(delay), [this, id] {
        timers_.erase(id);
        look_at(id);
    });
}

/// Any change would have set the timer anew, so that nothing has changed for as long as it ran; the wall
/// clock may say otherwise. Nobody is told if it cannot be removed now, as on a full disk: the next look
/// tries again.
void UnstartedPots::look_at(const PotId& id) {
    const PotPtr pot = ports_.find(id);
    if (!pot || !is_unstarted(*pot)) return;
    if (ports_.in_use(*pot)) return arm(id, ports_.age);
    ports_.remove(*pot, ports_.age, [this, id](const Status& removed) {
        const PotPtr still = ports_.find(id);
        if (!removed && still && is_unstarted(*still) && !timers_.contains(id)) arm(id, ports_.age);
    });
}

}  // namespace potd::core
