#include "core/service/boot_starter.hpp"

#include <utility>

namespace potd::core {
namespace {

bool is_down(const Pot& pot) {
    return !is_live(pot.state) && pot.state != PotState::Backoff;
}

bool is_wanted(const Pot& pot) {
    return pot.spec.boot.start || pot.spec.boot.early || pot.spec.restart.policy == RestartPolicy::Always;
}

}  // namespace

void BootStarter::begin(const std::string& seen) {
    if (seen == ports_.boot_id) return;
    std::vector<PotPtr> early;
    std::vector<PotPtr> normal;
    for (PotPtr& pot : ports_.pots()) {
        const bool had_its_run = pot->run && pot->run->boot_id == ports_.boot_id;
        if (!is_wanted(*pot) || !is_down(*pot) || had_its_run) continue;
        (pot->spec.boot.early ? early : normal).push_back(std::move(pot));
    }
    waves_ = {std::move(early), std::move(normal)};
    next_wave();
}

void BootStarter::next_wave() {
    if (waves_.empty()) {
        ports_.journal.commit({PutBoot{ports_.boot_id}}, Durability::Observation,
                              [this](const Result<std::vector<Event>>& result) {
                                  if (!result)
                                      ports_.complain("boot not recorded: " + result.error().message);
                              },
                              {});
        return;
    }
    queue_.assign(waves_.front().begin(), waves_.front().end());
    waves_.pop_front();
    fill();
}

void BootStarter::fill() {
    while (!queue_.empty() && under_way_ < ports_.at_once) {
        const PotPtr pot = queue_.front();
        queue_.pop_front();
        ++under_way_;
        ports_.supervisor.request(
            pot->id,
            [](RequestId request) {
                return StartAsked{request, StartCause::Boot};
            },
            [this, name = pot->spec.name](const Result<PotPtr>& result) {
                ended(name, result ? Status() : Status(result.error()));
            });
    }
    if (queue_.empty() && under_way_ == 0) next_wave();
}

void BootStarter::ended(const std::string& name, const Status& status) {
    --under_way_;
    if (!status) ports_.complain("start at boot of " + name + ": " + status.error().message);
    fill();
}

}  // namespace potd::core
