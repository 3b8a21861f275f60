#include "api/route/live_run.hpp"

namespace potd::api {

core::Result<core::RunKey> live_run(const core::Pot& pot) {
    if (core::is_live(pot.state) && pot.run && !pot.run->end) return core::RunKey{pot.id, pot.run->number};
    return core::error(
        core::ErrorKind::Conflict,
        "pot " + pot.spec.name + " is " + std::string(core::to_string(pot.state)) + ", nothing of it runs");
}

}  // namespace potd::api
