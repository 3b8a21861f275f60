#include "core/service/boot_starter.hpp"

#include <algorithm>
#include <utility>

namespace potd::core {
namespace {

constexpr milliseconds first_delay{1000};
constexpr milliseconds longest_delay{60'000};

bool is_wanted(const Pot& pot) {
    return pot.spec.boot.start || pot.spec.boot.early || pot.spec.restart.policy == RestartPolicy::Always;
}

std::uint32_t last_run(const Pot& pot) {
    return pot.run ? pot.run->number : 0;
}

/// Not by what the pot is: the same start may succeed when the machine has room again.
bool is_of_the_machine(const Error& error) {
    return error.kind == ErrorKind::ResourceExhausted || error.kind == ErrorKind::Unavailable;
}

}  // namespace

BootStarter::~BootStarter() {
    if (timer_ != 0) ports_.timers.cancel(timer_);
}

/// A start at boot that failed before its command ran may have been cut off from its next try.
bool BootStarter::is_due(const Pot& pot) const {
    if (!is_wanted(pot) || pot.unfinished || pot.state == PotState::Backoff) return false;
    const bool ran = pot.run && pot.run->boot_id == ports_.boot_id;
    const bool failed =
        ran && pot.state == PotState::Failed && pot.run->cause == StartCause::Boot && !pot.run->started_at;
    return !ran || failed;
}

void BootStarter::begin(const std::string& seen) {
    if (seen == ports_.boot_id) return;
    std::deque<Due> early;
    std::deque<Due> normal;
    for (const PotPtr& pot : ports_.pots()) {
        if (is_due(*pot)) (pot->spec.boot.early ? early : normal).push_back({pot->id, last_run(*pot)});
    }
    waves_ = {std::move(early), std::move(normal)};
    next_wave();
}

void BootStarter::next_wave() {
    if (waves_.empty()) {
        if (later_.empty())
            record();
        else
            rest();
        return;
    }
    queue_ = std::move(waves_.front());
    waves_.pop_front();
    fill();
}

void BootStarter::fill() {
    while (!queue_.empty() && under_way_ < ports_.at_once) {
        const Due due = queue_.front();
        queue_.pop_front();
        if (is_still_due(due)) ask(due);
    }
    if (queue_.empty() && under_way_ == 0) next_wave();
}

/// Whoever has been at it since knows what he wants.
bool BootStarter::is_still_due(const Due& due) const {
    const PotPtr pot = ports_.supervisor.find(due.id);
    return pot && is_due(*pot) && last_run(*pot) == due.last_run;
}

void BootStarter::ask(const Due& due) {
    if (is_live(ports_.supervisor.find(due.id)->state)) {  // with the end of its last run, as hooks take time
        later_.push_back(due);
        return;
    }
    ++under_way_;
    ports_.supervisor.request(
        due.id,
        [](RequestId request) {
            return StartAsked{request, StartCause::Boot};
        },
        [this, due](const Result<PotPtr>& result) {
            ended(due, result ? Status() : Status(result.error()));
        });
}

void BootStarter::ended(const Due& due, const Status& status) {
    --under_way_;
    if (!status) {
        const PotPtr pot = ports_.supervisor.find(due.id);
        const std::string name = pot ? pot->spec.name : due.id.text;
        ports_.complain("start at boot of " + name + ": " + status.error().message);
        // Without a run of its own the request was not even recorded.
        if (pot && (last_run(*pot) == due.last_run || is_of_the_machine(status.error())))
            later_.push_back({due.id, last_run(*pot)});
    }
    fill();
}

void BootStarter::rest() {
    delay_ = std::clamp(delay_ * 2, first_delay, longest_delay);
    timer_ = ports_.timers.arm(ports_.clock.steady().plus(delay_), [this] {
        timer_ = 0;
        again();
    });
}

void BootStarter::again() {
    waves_.push_back(std::exchange(later_, {}));
    next_wave();
}

void BootStarter::record() {
    ports_.journal.commit({PutBoot{ports_.boot_id}}, Durability::Observation,
                          [this](const Result<std::vector<Event>>& result) {
                              if (result) return;
                              ports_.complain("boot not recorded, trying again: " + result.error().message);
                              rest();
                          },
                          {});
}

}  // namespace potd::core
