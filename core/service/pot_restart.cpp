#include "core/service/dependents_down.hpp"
#include "core/service/pot_service.hpp"

#include <memory>
#include <utility>

// A restart by hand, with what is up on top of the pot.

namespace potd::core {

void PotService::restart(std::string_view name, const StopRequest& request, Reply<PotPtr> reply,
                         Along along) {
    const auto id = find_or_reply<PotPtr>(name, reply);
    if (!id) return;
    const PotPtr pot = supervisor_.find(*id);
    const bool moving =
        is_live(pot->state) && pot->state != PotState::Running && pot->state != PotState::Paused;
    if (moving) {  // it will be refused: nobody else need go down
        ask_restart(*id, request, std::move(reply), std::move(along));
        return;
    }
    const auto dependents = std::make_shared<DependentsDown>(supervisor_, dependencies_, pot->spec.name);
    dependents->begin([this, id = *id, request, reply = std::move(reply), along = std::move(along)](
                          const Status& all, const auto& down) {
        const auto end = [down, reply](Result<PotPtr> result) {
            down->let_up();
            reply(std::move(result));
        };
        if (all)
            ask_restart(id, request, end, along);
        else
            end(all.error());
    });
}

void PotService::ask_restart(const PotId& id, const StopRequest& request, Reply<PotPtr> reply, Along along) {
    const PotPtr pot = supervisor_.find(id);
    if (!pot) {
        reply(error(ErrorKind::NotFound, "the pot does not exist any more"));
        return;
    }
    const StopSpec& own = pot->spec.stop;
    supervisor_.request(
        id,
        [&](RequestId number) {
            return RestartAsked{number, request.timeout.value_or(own.timeout),
                                request.signal.value_or(own.signal), request.signal.has_value()};
        },
        std::move(reply), std::move(along));
}

}  // namespace potd::core
