#include "api/route/event_gap.hpp"

#include "api/http/problem.hpp"

#include <string>

namespace potd::api {
namespace {

constexpr int status_gone = 410;

bool is_lost(const core::EventGap& gap) {
    return gap.reason == core::EventGap::Reason::Lost;
}

}  // namespace

wire::EventsReset reset_of(const core::EventGap& gap, const core::EventMark& seen,
                           const core::EventEpochs& epochs, const core::EventBounds& stored) {
    return {"events.reset", is_lost(gap) ? "lost" : "not_kept", core::to_string(seen),
            core::to_string(epochs.mark(gap.resume)), stored.first};
}

wire::Problem gone_of(const core::EventGap& gap, const core::EventMark& seen, const core::EventEpochs& epochs,
                      const core::EventBounds& stored) {
    wire::Problem problem;
    problem.title = reason_phrase(status_gone);
    problem.status = status_gone;
    problem.field = "since";
    problem.first = stored.first;
    problem.resume = core::to_string(epochs.mark(gap.resume));
    const std::string number = std::to_string(seen.number);
    if (is_lost(gap)) {
        problem.code = "events_lost";
        problem.detail = "since: event " + number +
                         " is not in the store, or not the same any more; go on behind " + *problem.resume;
    } else {
        problem.code = "events_not_kept";
        problem.detail = "since: events behind " + number +
                         " are not kept any more, the first that is kept is " + std::to_string(stored.first);
    }
    return problem;
}

}  // namespace potd::api
