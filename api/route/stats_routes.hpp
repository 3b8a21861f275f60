#pragma once

#include "api/http/router.hpp"
#include "core/port/clock.hpp"
#include "core/port/process_lister.hpp"
#include "core/service/figure_sampler.hpp"
#include "core/service/pot_service.hpp"

namespace potd::api {

/// /v1/stats, /v1/pots/{name}/stats with its history, and processes
class StatsRoutes {
  public:
    StatsRoutes(core::PotService& pots, core::FigureSampler& figures, core::ProcessLister& processes,
                core::Clock& clock, core::Timers& timers)
        : pots_(pots), figures_(figures), processes_(processes), clock_(clock), timers_(timers) {}
    void add_to(Router& router);

  private:
    void list(Exchange& exchange);
    void stats(Exchange& exchange);
    void history(Exchange& exchange);
    void processes(Exchange& exchange);

    core::PotService& pots_;
    core::FigureSampler& figures_;
    core::ProcessLister& processes_;
    core::Clock& clock_;
    core::Timers& timers_;
};

}  // namespace potd::api
