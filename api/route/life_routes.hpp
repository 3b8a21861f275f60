#pragma once

#include "api/convert/pot_texts.hpp"
#include "api/http/router.hpp"
#include "core/port/clock.hpp"
#include "core/port/meter.hpp"
#include "core/service/pot_service.hpp"
#include "openapi/wire/pot.hpp"

namespace potd::api {

/// /v1/pots/{name}/start stop restart kill pause resume wait
class LifeRoutes {
  public:
    LifeRoutes(core::PotService& pots, core::Meter& meter, PotTexts& texts, core::Clock& clock,
               core::Timers& timers)
        : pots_(pots), meter_(meter), texts_(texts), clock_(clock), timers_(timers) {}
    void add_to(Router& router);

  private:
    using Act = void (core::PotService::*)(std::string_view, core::Reply<core::PotPtr>, core::Along);
    using StopAct = void (core::PotService::*)(std::string_view, const core::StopRequest&,
                                               core::Reply<core::PotPtr>, core::Along);
    void act(Exchange& exchange, Act what);
    void stop(Exchange& exchange, StopAct what);
    void kill(Exchange& exchange);
    void wait(Exchange& exchange);

    /// The processes that the request means, where it means some.
    [[nodiscard]] core::Result<core::SignalTarget> target_of(const wire::KillRequest& body,
                                                             std::string_view name);

    core::PotService& pots_;
    core::Meter& meter_;
    PotTexts& texts_;
    core::Clock& clock_;
    core::Timers& timers_;
};

}  // namespace potd::api
