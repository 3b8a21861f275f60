#include "core/service/lost_cables.hpp"

#include <utility>

namespace potd::core {
namespace {

constexpr milliseconds until_an_end_is_known{1000};

}  // namespace

void LostCables::on_lost(const RunKey& run, const std::string& bridge) {
    ports_.timers.arm(ports_.clock.steady().plus(until_an_end_is_known),
                      [this, run, bridge] { tell(run, bridge); });
}

void LostCables::tell(const RunKey& run, const std::string& bridge) {
    const PotPtr pot = ports_.find(run.pot);
    if (!pot || !pot->run || pot->run->number != run.run || pot->run->end) return;
    if (ports_.complain)
        ports_.complain("pot " + pot->spec.name + ": somebody removed its interface on bridge " + bridge +
                        "; it has one again after its next start");
    Event lost{0,       ports_.clock.wall(),  "pot.interface_lost", run.pot.text, pot->spec.name,
               run.run, {{"network", bridge}}};
    ports_.journal.commit({AppendEvent{std::move(lost)}}, Durability::Observation,
                          [this](const Result<std::vector<Event>>& result) {
                              if (!result && ports_.complain)
                                  ports_.complain("an event is lost: " + result.error().message);
                              if (!result) return;
                              for (const Event& event : *result) ports_.feed.publish(event);
                          },
                          {});
}

}  // namespace potd::core
