#pragma once

#include "api/convert/pot_texts.hpp"
#include "api/http/router.hpp"
#include "core/port/clock.hpp"
#include "core/service/pot_service.hpp"

namespace potd::api {

/// /v1/pots/{name}/start stop restart kill pause resume wait
class LifeRoutes {
  public:
    LifeRoutes(core::PotService& pots, PotTexts& texts, core::Clock& clock, core::Timers& timers)
        : pots_(pots), texts_(texts), clock_(clock), timers_(timers) {}
    void add_to(Router& router);

  private:
    using Act = void (core::PotService::*)(std::string_view, core::Reply<core::PotPtr>);
    using StopAct = void (core::PotService::*)(std::string_view, const core::StopRequest&,
                                               core::Reply<core::PotPtr>);
    void act(Exchange& exchange, Act what);
    void stop(Exchange& exchange, StopAct what);
    void kill(Exchange& exchange);
    void wait(Exchange& exchange);

    core::PotService& pots_;
    PotTexts& texts_;
    core::Clock& clock_;
    core::Timers& timers_;
};

}  // namespace potd::api
