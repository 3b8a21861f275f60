#pragma once

#include "api/convert/pot_texts.hpp"
#include "api/http/router.hpp"
#include "api/route/process_filter.hpp"
#include "core/port/clock.hpp"
#include "core/port/process_lister.hpp"
#include "core/service/pot_service.hpp"
#include "openapi/wire/pot.hpp"

#include <vector>

namespace potd::api {

/// /v1/pots/{name}/start stop restart kill pause resume wait
class LifeRoutes {
  public:
    LifeRoutes(core::PotService& pots, core::ProcessLister& processes, PotTexts& texts, core::Clock& clock,
               core::Timers& timers)
        : pots_(pots), processes_(processes), texts_(texts), clock_(clock), timers_(timers) {}
    void add_to(Router& router);

  private:
    using Act = void (core::PotService::*)(std::string_view, core::Reply<core::PotPtr>, core::Along);
    using StopAct = void (core::PotService::*)(std::string_view, const core::StopRequest&,
                                               core::Reply<core::PotPtr>, core::Along);
    void act(Exchange& exchange, Act what);
    void stop(Exchange& exchange, StopAct what);
    void kill(Exchange& exchange);
    void wait(Exchange& exchange);

    void kill_some(Exchange& exchange, int signal, ProcessFilter some);

    /// Those of the run's processes that are meant. NotFound if there are none, or that run is over.
    [[nodiscard]] core::Result<core::SignalTarget> target_of(const core::RunKey& key,
                                                             const ProcessFilter& some,
                                                             const std::vector<core::ProcessRow>& rows) const;

    core::PotService& pots_;
    core::ProcessLister& processes_;
    PotTexts& texts_;
    core::Clock& clock_;
    core::Timers& timers_;
};

}  // namespace potd::api
