#pragma once

#include "api/http/router.hpp"
#include "core/port/clock.hpp"
#include "core/port/meter.hpp"
#include "core/service/pot_service.hpp"
#include "openapi/wire/stats.hpp"

#include <cstdint>
#include <map>

namespace potd::api {

/// /v1/pots/{name}/stats and processes
class StatsRoutes {
  public:
    StatsRoutes(core::PotService& pots, core::Meter& meter, core::Clock& clock, core::Timers& timers)
        : pots_(pots), meter_(meter), clock_(clock), timers_(timers) {}
    void add_to(Router& router);

    /// CPU time used when somebody last looked.
    struct Sample {
        std::uint32_t run = 0;
        std::int64_t at_ms = 0;
        std::int64_t usage_ns = 0;
    };

  private:
    void stats(Exchange& exchange);
    void processes(Exchange& exchange);

    core::PotService& pots_;
    core::Meter& meter_;
    core::Clock& clock_;
    core::Timers& timers_;
    std::map<core::PotId, Sample> samples_;
};

}  // namespace potd::api
